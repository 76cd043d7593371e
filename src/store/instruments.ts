/** What a replica shows of itself to Prometheus. Names and units follow etcd's where etcd has the same thing. */
import type { Metrics } from '../telemetry/metrics.js'
import type { ReplicaStatus } from './protocol.js'

export interface Instruments {
  /** A batch was made durable. */
  synced(seconds: number): void
  leaderChanged(): void
  applied(commands: number): void
  /** To be called every so often. */
  state(status: ReplicaStatus, watchers: number, walBytes: number): void
}

/** Seconds; etcd's buckets for etcd_disk_wal_fsync_duration_seconds. */
const syncBuckets = Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i)

export function createInstruments(metrics: Metrics): Instruments {
  const syncs = metrics.histogram('troupe_store_wal_sync_duration_seconds', 'Time to make one batch of the log durable.', syncBuckets)
  const changes = metrics.counter('troupe_store_leader_changes_total', 'Leaders seen.')
  const commands = metrics.counter('troupe_store_commands_applied_total', 'Transactions and compactions applied.')
  const gauge = (name: string, help: string) => metrics.gauge(`troupe_store_${name}`, help)
  const isLeader = gauge('is_leader', '1 when this replica leads.')
  const hasLeader = gauge('has_leader', '1 when this replica knows a leader.')
  const gauges = {
    term: gauge('term', "Raft's term."),
    commitIndex: gauge('commit_index', 'Last log entry known to be committed.'),
    appliedIndex: gauge('applied_index', 'Last log entry applied.'),
    revision: gauge('revision', 'Revision of the key space.'),
    compactRevision: gauge('compact_revision', 'Revision below which history is forgotten.'),
    keys: gauge('keys', 'Keys that are there now.'),
  }
  const watches = gauge('watchers', 'Open watches.')
  const walSize = gauge('wal_bytes', 'Bytes of the log on disk.')
  return {
    synced: (seconds) => syncs.observe(seconds),
    leaderChanged: () => changes.add(),
    applied: (count) => commands.add(count),
    state(status, watchers, walBytes) {
      for (const name of Object.keys(gauges) as (keyof typeof gauges)[]) gauges[name].set(status[name])
      isLeader.set(status.role === 'leader' ? 1 : 0)
      hasLeader.set(status.leader === 0 ? 0 : 1)
      watches.set(watchers)
      walSize.set(walBytes)
    },
  }
}
