/**
 * RaftNode: one member of a Raft cluster as a pure state machine. It has no clock (tick() is time), no disk and no
 * network (Ready says what to write and to send) and no chance of its own (Random is given): the same calls give the
 * same outputs, always.
 *
 * One round of the caller, after any call that changed something:
 *
 *     while (node.hasReady()) {
 *       const ready = node.ready()
 *       send(ready.messages)                                        // 1. may go in parallel with 2
 *       persist(ready.snapshot, ready.entries, ready.hardState)     // 2. one ordered write, flushed if ready.mustSync
 *       send(ready.messagesAfterPersist)                            // 3. only when 2 is durable
 *       load(ready.snapshot); apply(ready.committedEntries)         // 4. 'config' entries: node.applyConfigChange(decode(entry))
 *       answer(ready.readStates)                                    // 5. each once its index is applied
 *       node.advance(ready)                                         // 6.
 *     }
 *
 * What was persisted must be visible through LogStorage before advance(). While a write is under way step(), tick() and
 * propose() may be called; what they produce comes with the next Ready. ready() is not called again before advance().
 *
 * With asyncStorageWrites, ready() may be called again at once: writes are done in the order of the Readys, persisted(ready)
 * is called as each becomes durable, and applied(ready) as each one's committedEntries are; advance() is both.
 */
import type { Random } from '../base/random.js'
import type { RaftOptions } from './config.js'
import type { ConfigChange } from './membership.js'
import type { Ready } from './ready.js'
import type { LogStorage } from './storage.js'
import type { ConfState, Message, NodeId, Role } from './types.js'

/** What a proposal became: 'ok' is on its way, no promise; 'dropped' will not be (no leader, transfer under way, too much uncommitted). */
export type Acceptance = 'ok' | 'dropped'

/** A follower as its leader sees it. */
export interface ProgressStatus {
  readonly match: number
  readonly next: number
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly recentActive: boolean
  readonly learner: boolean
}

/** The member at a glance. */
export interface RaftStatus {
  readonly id: NodeId
  readonly role: Role
  readonly term: number
  readonly vote: NodeId
  readonly leader: NodeId
  readonly commit: number
  readonly applied: number
  readonly firstIndex: number
  readonly lastIndex: number
  /** To whom the lead is being given; noNode when to nobody. */
  readonly transferee: NodeId
  readonly members: ConfState
  /** Followers and this member itself; empty unless leader. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>
}

export interface RaftNode {
  /** One tick of time has passed. */
  tick(): void
  /** A message has arrived, of any age and any number of times. Ones from nobody known do no harm. */
  step(message: Message): void
  /** Asks for `data` to be appended to the log; followers forward it to the leader. */
  propose(data: Uint8Array): Acceptance
  /** Asks for a change of membership. One that is not allowed now becomes an empty normal entry. */
  proposeConfigChange(change: ConfigChange): Acceptance
  /** To be called for each committed 'config' entry, with its decoded data. Returns the configuration from here on. */
  applyConfigChange(change: ConfigChange): ConfState
  /** Asks for an index at which a read is linearizable; the answer comes in Ready.readStates, or never: ask again with another context. */
  readIndex(context: string): Acceptance
  /** Starts an election now. */
  campaign(): void
  /** Gives the lead to another voter once it has the whole log; gives up after electionTicks. */
  transferLeadership(to: NodeId): void
  /** The last message to this member may not have arrived. */
  reportUnreachable(id: NodeId): void
  /** The snapshot sent to this member was delivered, or not. Must be called after each. */
  reportSnapshot(id: NodeId, ok: boolean): void
  /** There is something to do: ready() would not be empty. */
  hasReady(): boolean
  ready(): Ready
  /** All that `ready` said is done: persisted() and applied() in one. */
  advance(ready: Ready): void
  /** What `ready` said to persist is durable, and all before it. */
  persisted(ready: Ready): void
  /** What `ready` said to apply is applied. */
  applied(ready: Ready): void
  status(): RaftStatus
}

/** A member that continues from what `storage` has, as a follower. */
export declare function createRaftNode(options: RaftOptions, storage: LogStorage, random: Random): RaftNode
