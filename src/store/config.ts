/** The settings of a replica: plain data, as they travel from the supervisor to its thread. */
import { assert } from '../base/assert.js'
import type { RaftMutant } from '../raft/mutants.js'
import type { ReplicaId } from './peers.js'

export interface StoreReplicaConfig {
  /** Its id among the replicas, an integer >= 1 that is never given to another disk. */
  readonly id: number
  /** All replicas that vote from the first day on, this one included. */
  readonly peers: readonly ReplicaId[]
  /** Where its files are. */
  readonly directory: string
  /** One tick of Raft's, which is the period of heartbeats. Default 50. */
  readonly tickMs?: number
  /** A follower campaigns after electionTicks to 2 electionTicks - 1 ticks without a leader. Default 10. */
  readonly electionTicks?: number
  /** Campaign at once when the leader's actor has died, without waiting for the timeout. Default false: elections as Raft has them. */
  readonly leaderLossHint?: boolean
  /** A snapshot is taken when so many entries, or bytes of entries, were applied since the last one. Defaults 10,000 and 64 MiB. */
  readonly snapshotEntries?: number
  readonly snapshotBytes?: number
  /** Entries kept in memory below a snapshot, for followers that are a little behind. Default 5,000. */
  readonly catchUpEntries?: number
  /** Default 16 MiB. */
  readonly segmentBytesMax?: number
  /** How often watches are told how far they are, when nothing matched. Default 1,000. */
  readonly progressMs?: number
  /** How long requests wait for a leader, and watches go on without one. Default three elections. */
  readonly noLeaderMs?: number
  /** How long a write that was sent to a leader may go unheard of. Default 8,000, less than a call's default deadline. */
  readonly unknownMs?: number
  /** Bugs of the Raft core to have on purpose (raft/mutants.ts), for tests and simulations. Default none. */
  readonly mutants?: readonly RaftMutant[]
}

export type ReplicaSettings = Required<StoreReplicaConfig>

/** Fills in defaults and asserts what must hold. */
export function replicaSettings(config: StoreReplicaConfig): ReplicaSettings {
  const { tickMs = 50, electionTicks = 10 } = config
  const settings: ReplicaSettings = {
    tickMs,
    electionTicks,
    snapshotEntries: 10_000,
    snapshotBytes: 64 * 1024 * 1024,
    catchUpEntries: 5_000,
    segmentBytesMax: 16 * 1024 * 1024,
    progressMs: 1_000,
    noLeaderMs: 3 * electionTicks * tickMs,
    unknownMs: 8_000,
    leaderLossHint: false,
    mutants: [],
    ...config,
  }
  assert(
    settings.peers.some((peer) => peer.id === settings.id),
    'a replica is among its peers',
  )
  assert(new Set(settings.peers.map((peer) => peer.id)).size === settings.peers.length, 'ids are given once')
  // etcd refuses less: an election must outlast a few lost heartbeats.
  assert(electionTicks >= 5, 'an election takes at least 5 ticks')
  return settings
}
