/**
 * One replica: the Raft core with a disk, peers and a key space around it. This is the one place that owns the order of
 * what Raft asks for (raft/node.ts):
 *
 *   messages            are sent at once
 *   entries, hard state go to the log; only when they are durable, the messages that promise them are sent
 *   committed entries   are durable here when they are handed out; they are applied in order, and answered
 *   read states         are answered once their index is applied
 *
 * Everything that happens (a message, a tick, a proposal, a finished write) marks the replica dirty; one round per turn
 * then does all there is to do. Rounds do not wait for the disk: several writes may be under way, in order.
 *
 * Invariants: applied <= commit; the key space is the fold of the log up to applied; the log image (storage) is what
 * the WAL would be replayed to. Next: proposals.ts and reads.ts for the two ways of asking.
 */
import { assert, defined } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { Context } from '../kernel/context.js'
import { decodeConfigChange } from '../raft/membership.js'
import { createMemoryStorage, type MemoryStorage } from '../raft/memory-storage.js'
import { createRaftNode, type RaftNode } from '../raft/node.js'
import type { Ready } from '../raft/ready.js'
import {
  type ConfState,
  confState,
  type Entry,
  type InstallSnapshot,
  type Message,
  noNode,
  type Role,
  type StorageAppend,
} from '../raft/types.js'
import { applyEntry, type Outcome } from './apply.js'
import { plain } from './bytes.js'
import type { Command } from './command.js'
import type { ReplicaSettings } from './config.js'
import type { Disk } from './disk.js'
import { createForwarding, type Forwarding } from './forwarding.js'
import { createInstruments, type Instruments } from './instruments.js'
import { createLogWriter, type LogWriter } from './log-writer.js'
import { Keyspace } from './mvcc/keyspace.js'
import { createWatchHub, type WatchHub } from './mvcc/watch-hub.js'
import type { PeerMessage } from './peer-message.js'
import { createPeers, type Peers } from './peers.js'
import { createProposals, type Proposals } from './proposals.js'
import type { ReplicaStatus } from './protocol.js'
import { createReads, type Reads } from './reads.js'
import { loadSnapshotFile } from './snapshot-file.js'
import { createSnapshots, removeLitter, type SnapshotRange, type Snapshots } from './snapshots.js'
import { openWal, type SnapshotMarker, type Wal, type WalState } from './wal.js'
import type { WalRecord } from './wal-record.js'

/** Opens what is on the disk and continues from there. Throws code 'DataCorrupt'. */
export async function openReplica(context: Context, settings: ReplicaSettings, disk: Disk): Promise<Replica> {
  const { wal, state } = await openWal(disk, { replica: settings.id, segmentBytesMax: settings.segmentBytesMax })
  await removeLitter(disk, state.snapshot)
  const keyspace = state.snapshot ? await loadSnapshotFile(disk, state.snapshot) : new Keyspace()
  const replica = new Replica(context, settings, { disk, wal, state, keyspace })
  replica.start()
  return replica
}

interface Opened {
  readonly disk: Disk
  readonly wal: Wal
  readonly state: WalState
  readonly keyspace: Keyspace
}

export class Replica {
  readonly #context: Context
  readonly #settings: ReplicaSettings
  readonly #disk: Disk
  readonly #wal: Wal
  readonly #storage: MemoryStorage
  readonly #node: RaftNode
  readonly #instruments: Instruments
  readonly #writer: LogWriter
  readonly #peers: Peers
  readonly #proposals: Proposals
  readonly #forwarding: Forwarding
  readonly #reads: Reads
  readonly #snapshots: Snapshots
  readonly watches: WatchHub
  #keyspace: Keyspace
  #members: ConfState
  #applied: number
  #appliedTerm: number
  #bytesSinceSnapshot = 0
  #leader = noNode
  #leaderlessSince: number | undefined
  #dirty = false
  /** Snapshots sent to followers and not reported on, with when something last happened. */
  readonly #snapshotsSent = new Map<number, { readonly index: number; active: number }>()
  readonly #leaderChange = new Set<() => void>()

  constructor(context: Context, settings: ReplicaSettings, { disk, wal, state, keyspace }: Opened) {
    const { id, electionTicks, tickMs, noLeaderMs, unknownMs } = settings
    const monotonic = (): number => context.clock.monotonic()
    const members = state.snapshot?.members ?? confState(settings.peers.map((peer) => peer.id).sort((a, b) => a - b))
    const base = state.snapshot ? { snapshot: { ...state.snapshot, data: nothing } } : { members }
    this.#context = context
    this.#settings = settings
    this.#disk = disk
    this.#wal = wal
    this.#keyspace = keyspace
    this.#members = members
    this.#applied = state.snapshot?.index ?? 0
    this.#appliedTerm = state.snapshot?.term ?? 0
    this.#storage = createMemoryStorage({ ...base, hardState: state.hardState, entries: state.entries })
    this.#node = createRaftNode(
      {
        id,
        electionTicks,
        asyncStorageWrites: true,
        applied: this.#applied,
        leaderLossHint: settings.leaderLossHint,
        mutants: settings.mutants,
      },
      this.#storage,
      context.random.fork('raft'),
    )
    this.#instruments = createInstruments(context.metrics)
    this.#writer = createLogWriter(wal, { failed: (error) => context.crash(error), monotonic, synced: this.#instruments.synced })
    this.#peers = createPeers(context, settings, { started: () => this.#campaignFirst(), ended: (peer) => this.#peerEnded(peer) })
    this.#proposals = createProposals({ replica: id, life: state.starts, monotonic, noLeaderMs, unknownMs })
    this.#forwarding = createForwarding({ id, life: state.starts, node: this.#node, peers: this.#peers })
    this.#reads = createReads({ prefix: `${id}.${state.starts}.`, monotonic, lostMs: electionTicks * tickMs, noLeaderMs })
    this.#snapshots = createSnapshots(context, disk, this.#peers, {
      taken: (marker) => this.#snapshotTaken(marker),
      fetched: (message) => this.#snapshotFetched(message),
    })
    this.watches = createWatchHub(() => this.#keyspace)
  }

  get keyspace(): Keyspace {
    return this.#keyspace
  }

  /** Begins to tick. */
  start(): void {
    this.#leaderlessSince = this.#context.clock.monotonic()
    this.#context.clock.every(this.#settings.tickMs, () => this.#tick())
    this.#context.clock.every(this.#settings.progressMs, () => {
      this.watches.progress()
      this.#instruments.state(this.status(), this.watches.watchers, this.#wal.size)
    })
    this.#campaignFirst()
    this.#touch()
  }

  /** Resolves with what became of the command once it is applied here; rejects as Proposals.submit does. */
  submit(command: Command): Promise<Outcome> {
    this.#touch()
    return this.#proposals.submit(command)
  }

  /** Resolves when reading the key space is linearizable; rejects with code 'NoLeader'. */
  readBarrier(): Promise<void> {
    this.#touch()
    return this.#reads.wait()
  }

  /** Messages from the replica of this name; others' are passed over. */
  receive(from: string, messages: readonly PeerMessage[]): void {
    const sender = this.#peers.idOf(from)
    if (sender === undefined) return
    for (const message of messages) this.#receiveOne(sender, message)
    this.#touch()
  }

  /** Sends the bytes of a snapshot to the replica of this name. */
  serveSnapshot(wanted: SnapshotRange, stream: Parameters<Snapshots['serve']>[1], to: string): Promise<void> {
    return this.#snapshots.serve(wanted, stream, () => {
      const sent = this.#snapshotsSent.get(this.#peers.idOf(to) ?? noNode)
      if (sent) sent.active = this.#context.clock.monotonic()
    })
  }

  /** Gives the lead to a voter, by default the one with the longest log. Resolves when somebody else leads. Rejects with 'NoLeader'. */
  async transferLeadership(to?: number): Promise<void> {
    const { leader, progress, members } = this.#node.status()
    if (leader === noNode) throw new CodedError('NoLeader', 'Cannot transfer the lead: no leader is known')
    if (leader !== this.#settings.id) {
      await defined(this.#peers.ref(leader), 'the leader is a replica').call('transferLeadership', to === undefined ? {} : { to })
      return
    }
    const others = [...progress].filter(([id]) => id !== leader && members.voters.includes(id))
    const target = to ?? others.filter(([, one]) => one.recentActive).sort(([, a], [, b]) => b.match - a.match)[0]?.[0]
    if (target === leader) return
    if (target === undefined || !members.voters.includes(target))
      throw new CodedError(
        'InvalidRequest',
        `Cannot transfer the lead: ${target === undefined ? 'there is no other voter' : `"${target}" is no voter`}`,
      )
    await this.#transferTo(target)
  }

  status(): ReplicaStatus {
    const { id, role, term, leader, commit, lastIndex, members } = this.#node.status()
    const name = defined(
      this.#settings.peers.find((peer) => peer.id === id),
      'a replica is among its peers',
    ).name
    const { revision, compactRevision, keys, hash } = this.#keyspace
    const isLearner = members.learners.includes(id)
    return {
      id,
      name,
      role: role === 'preCandidate' ? 'pre-candidate' : isLearner ? 'learner' : role,
      term,
      leader,
      commitIndex: commit,
      appliedIndex: this.#applied,
      lastIndex,
      revision,
      compactRevision,
      keys,
      hash,
    }
  }

  /** Lets go of the disk, once what is being written is written. */
  async close(): Promise<void> {
    await this.#writer.idle()
    await this.#wal.close()
    await this.#disk.close()
  }

  // Time.

  #tick(): void {
    this.#node.tick()
    this.#forwarding.tick()
    this.#proposals.expire()
    this.#reads.expire()
    this.#giveUpOnSnapshots()
    this.#keyspace.trim()
    const since = this.#leaderlessSince
    if (since !== undefined && this.#context.clock.monotonic() - since >= this.#settings.noLeaderMs)
      this.watches.closeAll(new CodedError('NoLeader', 'Cannot go on with the watch: no leader is known'))
    this.#touch()
  }

  /**
   * At the start there is nobody whose silence could be waited for: the voter with the lowest id asks for votes as soon as
   * a majority runs. Where somebody leads already the others refuse, as they do to any candidate.
   */
  #campaignFirst(): void {
    const { voters } = this.#members
    if (this.#leader !== noNode || this.#settings.id !== voters[0] || this.#peers?.running * 2 <= voters.length) return
    this.#node.campaign()
    this.#touch()
  }

  // Messages.

  #receiveOne(sender: number, message: PeerMessage): void {
    switch (message.type) {
      case 'raft':
        if (message.message.to !== this.#settings.id || message.message.from !== sender) return
        return message.message.type === 'snapshot' ? this.#snapshots.fetch(message.message) : this.#node.step(ownBytes(message.message))
      case 'forward':
        return this.#forwarding.receive(sender, message)
      case 'refused':
        this.#forwarding.refused(sender)
        return this.#proposals.refused(message.life, message.numbers)
      case 'snapshotResult':
        return this.#reportSnapshot(sender, message.index, message.ok)
    }
  }

  #peerEnded(peer: number): void {
    this.#node.reportUnreachable(peer)
    this.#node.leaderLost(peer)
    const sent = this.#snapshotsSent.get(peer)
    if (sent) this.#reportSnapshot(peer, sent.index, false)
    this.#touch()
  }

  #reportSnapshot(peer: number, index: number, ok: boolean): void {
    if (this.#snapshotsSent.get(peer)?.index !== index) return
    this.#snapshotsSent.delete(peer)
    this.#node.reportSnapshot(peer, ok)
  }

  #giveUpOnSnapshots(): void {
    const now = this.#context.clock.monotonic()
    for (const [peer, { index, active }] of this.#snapshotsSent)
      if (now - active >= this.#settings.noLeaderMs) this.#reportSnapshot(peer, index, false)
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'snapshot')
        this.#snapshotsSent.set(message.to, { index: message.snapshot.index, active: this.#context.clock.monotonic() })
      this.#peers.send(message.to, { type: 'raft', message })
    }
  }

  // Rounds.

  #touch(): void {
    if (this.#dirty) return
    this.#dirty = true
    queueMicrotask(() => {
      this.#dirty = false
      if (this.#context.signal.aborted) return
      try {
        this.#round()
      } catch (error) {
        this.#context.crash(error)
      }
    })
  }

  #round(): void {
    this.#proposals.flush((batch) => this.#forwarding.offer(batch))
    this.#reads.flush((context) => this.#node.readIndex(context) === 'ok')
    const before = this.#keyspace.revision
    while (this.#node.hasReady()) this.#handle(this.#node.ready())
    this.#forwarding.flush()
    this.#peers.flush()
    if (this.#keyspace.revision !== before) this.watches.changed()
    this.#maybeTakeSnapshot()
  }

  #handle(ready: Ready): void {
    if (ready.softState) this.#follow(ready.softState)
    this.#send(ready.messages)
    for (const { context, index } of ready.readStates) this.#reads.confirmed(context, index)
    if (ready.snapshot) this.#install(ready.snapshot)
    if (ready.append) this.#persist(ready.append)
    if (!ready.apply) return
    for (const entry of ready.apply.entries) this.#apply(entry)
    for (const response of ready.apply.responses) this.#node.step(response)
    this.#reads.applied(this.#applied)
  }

  #persist({ snapshot, entries, hardState, mustSync, responses }: StorageAppend): void {
    const records: WalRecord[] = snapshot
      ? [{ type: 'snapshotInstalled', index: snapshot.index, term: snapshot.term, members: snapshot.members }]
      : []
    for (const entry of entries) records.push({ type: 'entry', entry })
    this.#writer.push({
      records,
      hardState,
      mustSync,
      done: () => {
        if (snapshot) this.#storage.applySnapshot(snapshot)
        this.#storage.append(entries)
        if (hardState) this.#storage.setHardState(hardState)
        for (const response of responses) this.#deliver(response)
        this.#touch()
      },
    })
  }

  #deliver(response: StorageAppend['responses'][number]): void {
    if (response.type === 'storageAppendResponse' || response.to === this.#settings.id) this.#node.step(response)
    else this.#send([response])
  }

  #follow({ leader, role }: { readonly leader: number; readonly role: Role }): void {
    const changed = leader !== this.#leader
    this.#leader = leader
    if (role !== 'leader') this.#snapshotsSent.clear()
    if (!changed) return
    this.#leaderlessSince = leader === noNode ? this.#context.clock.monotonic() : undefined
    this.#context.log.info(leader === noNode ? 'No leader' : 'Leader', { leader, term: this.#node.status().term })
    if (leader === noNode) return
    this.#instruments.leaderChanged()
    for (const listener of [...this.#leaderChange]) listener()
  }

  #apply(entry: Entry): void {
    assert(entry.index === this.#applied + 1, `entry ${entry.index} is applied after ${this.#applied}`)
    if (entry.term > this.#appliedTerm) {
      this.#appliedTerm = entry.term
      this.#proposals.termReached(entry.term)
    }
    if (entry.type === 'config') this.#members = this.#node.applyConfigChange(decodeConfigChange(entry.data))
    else {
      const batch = applyEntry(this.#keyspace, entry)
      if (batch) {
        this.#instruments.applied(batch.outcomes.length)
        this.#proposals.applied(batch)
      }
    }
    this.#applied = entry.index
    this.#bytesSinceSnapshot += entry.data.length
  }

  // Snapshots.

  #maybeTakeSnapshot(): void {
    const { snapshotEntries, snapshotBytes } = this.#settings
    const since = this.#applied - (this.#storage.snapshot()?.index ?? 0)
    if (since === 0 || (since < snapshotEntries && this.#bytesSinceSnapshot < snapshotBytes)) return
    const term = this.#storage.term(this.#applied)
    // An installed snapshot is applied before the log knows of it.
    if (term === undefined) return
    this.#bytesSinceSnapshot = 0
    this.#snapshots.take({ index: this.#applied, term, members: this.#members }, this.#keyspace)
  }

  async #snapshotTaken(marker: SnapshotMarker): Promise<void> {
    const { index, members } = marker
    await new Promise<void>((done) => this.#writer.push({ records: [{ type: 'snapshotTaken', ...marker }], mustSync: true, done }))
    if ((this.#storage.snapshot()?.index ?? 0) >= index) return
    this.#storage.createSnapshot(index, members, nothing)
    this.#storage.compact(Math.max(0, index - this.#settings.catchUpEntries))
    await this.#wal.drop(index)
    await this.#snapshots.clean(index)
  }

  /** Hands Raft a snapshot that is stored here; it may turn out not to be needed any more. */
  #snapshotFetched(message: InstallSnapshot): boolean {
    this.#node.step(message)
    const before = this.#applied
    this.#round()
    return this.#applied !== before || this.#applied >= message.snapshot.index
  }

  #install(snapshot: { readonly index: number; readonly term: number; readonly members: ConfState; readonly data: Uint8Array }): void {
    this.#keyspace = this.#snapshots.install(snapshot)
    this.#applied = snapshot.index
    this.#appliedTerm = Math.max(this.#appliedTerm, snapshot.term)
    this.#members = snapshot.members
    this.#bytesSinceSnapshot = 0
    this.#proposals.passedOver()
    this.#reads.applied(snapshot.index)
    this.watches.changed()
    this.#context.log.info('Installed a snapshot', { index: snapshot.index })
  }

  // The lead.

  #transferTo(target: number): Promise<void> {
    const { electionTicks, tickMs } = this.#settings
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        timer.cancel()
        this.#leaderChange.delete(listener)
      }
      const listener = (): void => {
        if (this.#leader === this.#settings.id) return
        settle()
        resolve()
      }
      const timer = this.#context.clock.after(electionTicks * tickMs * 2, () => {
        settle()
        reject(new CodedError('NoLeader', `Cannot tell whether "${target}" leads: it did not take over in time`))
      })
      this.#leaderChange.add(listener)
      this.#node.transferLeadership(target)
      this.#touch()
    })
  }
}

const nothing = new Uint8Array(0)

/** A message whose entries have plain bytes. */
function ownBytes(message: Message): Message {
  if (message.type !== 'append' && message.type !== 'propose') return message
  const entries = message.entries.map((entry) => ({ ...entry, data: plain(entry.data) }))
  return { ...message, entries }
}
