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
 * Entries handed out before a snapshot was loaded, and at or below its index, are passed over in 4: the snapshot has them.
 *
 * What was persisted must be visible through LogStorage before advance(). While a write is under way step(), tick() and
 * propose() may be called; what they produce comes with the next Ready. ready() is not called again before advance().
 *
 * With asyncStorageWrites, ready() may be called again at once, and there is no advance(): 2 and 3 are ready.append, 4 is ready.apply, two
 * orders that carry their responses. Each kind is carried out in the order in which it was given out, by whatever thread; then its
 * responses are delivered, each to the member it names: to this one through step(). A snapshot is loaded before its append is answered.
 */
import { assert } from '../base/assert.js'
import type { Random } from '../base/random.js'
import { type RaftOptions, raftConfig } from './config.js'
import { hup, leaderLost } from './election.js'
import { proposeAtLeader, snapshotSent, unreachable } from './leader.js'
import { RaftLog } from './log.js'
import { type ConfigChange, encodeConfigChange } from './membership.js'
import { ReadQueue } from './read-index.js'
import type { Ready } from './ready.js'
import { applyConfigChange } from './reconfigure.js'
import { Rounds } from './rounds.js'
import { becomeFollower, checkRaft, envelope, isMutated, type RaftState, send, setMembers } from './state.js'
import { step, tick } from './step.js'
import type { LogStorage } from './storage.js'
import { handleStorageResponse } from './storage-response.js'
import { type ConfState, confState, type Entry, type Message, type NodeId, noNode, type Role, type StorageResponse } from './types.js'

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
  step(message: Message | StorageResponse): void
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
  /** Stops following: this member then votes as if it had not heard the leader. It follows again with the leader's next message. */
  forgetLeader(): void
  /** This member's process is known to have died, as far as anybody can know; does nothing without the option leaderLossHint. */
  leaderLost(id: NodeId): void
  /** The last message to this member may not have arrived. */
  reportUnreachable(id: NodeId): void
  /** The snapshot sent to this member was delivered, or not. Must be called after each. */
  reportSnapshot(id: NodeId, ok: boolean): void
  /** There is something to do: ready() would not be empty. */
  hasReady(): boolean
  ready(): Ready
  /** All that `ready` said is done. Not with asyncStorageWrites. */
  advance(ready: Ready): void
  status(): RaftStatus
  /** Asserts the core's invariants (state.ts). For tests and simulators, after every call. */
  check(): void
  /** The state itself, for tests and inspectors: to be read, never changed. @internal */
  inspect(): RaftState
}

/** A member that continues from what `storage` has, as a follower. */
export function createRaftNode(options: RaftOptions, storage: LogStorage, random: Random): RaftNode {
  const state = initialState(options, storage, random)
  const rounds = new Rounds(state)
  return {
    tick: () => tick(state),
    step: (message) => {
      assert(message.to === state.id, `a message for ${message.to} does not reach ${state.id}`)
      if (message.type === 'storageAppendResponse' || message.type === 'storageApplyResponse') {
        handleStorageResponse(state, message)
        return
      }
      if (isResponse(message) && !state.progress.has(message.from)) return
      step(state, message)
    },
    propose: (data) => propose(state, { type: 'normal', data }),
    proposeConfigChange: (change) => propose(state, { type: 'config', data: encodeConfigChange(change) }),
    applyConfigChange: (change) => applyConfigChange(state, change),
    readIndex: (context) => {
      if (state.leader === noNode) return 'dropped'
      step(state, { type: 'readIndex', from: state.id, to: state.id, term: 0, context })
      return 'ok'
    },
    campaign: () => hup(state, { transfer: false }),
    transferLeadership: (transferee) => step(state, { type: 'transferLeader', ...envelope(state, state.id), transferee }),
    forgetLeader: () => {
      // Whoever was promised a lease must keep to it.
      if (state.role === 'follower' && !state.config.leaseReads) state.leader = noNode
    },
    leaderLost: (id) => leaderLost(state, id),
    reportUnreachable: (id) => {
      if (state.role === 'leader') unreachable(state, id)
    },
    reportSnapshot: (id, ok) => {
      if (state.role === 'leader') snapshotSent(state, id, ok)
    },
    hasReady: () => rounds.hasNext,
    ready: () => rounds.next(),
    advance: (ready) => rounds.advance(ready),
    status: () => statusOf(state),
    check: () => checkRaft(state),
    inspect: () => state,
  }
}

function initialState(options: RaftOptions, storage: LogStorage, random: Random): RaftState {
  const config = raftConfig(options)
  const stored = storage.initialState()
  const log = new RaftLog(storage, config.committedBytesMax, config.mutants)
  const state: RaftState = {
    config,
    random,
    log,
    id: config.id,
    term: stored.hardState.term,
    vote: stored.hardState.vote,
    role: 'follower',
    leader: noNode,
    members: confState([]),
    membersBeforeSnapshot: undefined,
    progress: new Map(),
    votes: new Map(),
    reads: new ReadQueue(config.mutants),
    readStates: [],
    messages: [],
    messagesAfterPersist: [],
    electionElapsed: 0,
    heartbeatElapsed: 0,
    electionTimeout: 0,
    transferee: noNode,
    pendingConfigIndex: 0,
    uncommittedBytes: 0,
  }
  log.commitTo(stored.hardState.commit)
  if (config.applied > 0) log.appliedTo(config.applied, [])
  if (isMutated(state, 'restart-skips-unapplied')) log.appliedTo(log.committed, [])
  setMembers(
    state,
    isMutated(state, 'joint-forgotten-at-start') ? { ...stored.members, votersOutgoing: [], learnersNext: [] } : stored.members,
  )
  becomeFollower(state, state.term, noNode)
  if (isMutated(state, 'restarted-waits-too-long') && state.term > 0) state.electionTimeout *= 1000
  return state
}

/** Messages that only make sense from a member: from others they would be counted. */
function isResponse(message: Message): boolean {
  return message.type.endsWith('Response')
}

function propose(state: RaftState, entry: Pick<Entry, 'type' | 'data'>): Acceptance {
  if (state.role === 'leader') return proposeAtLeader(state, [entry]) ? 'ok' : 'dropped'
  if (state.role !== 'follower' || state.leader === noNode || state.config.disableProposalForwarding) return 'dropped'
  send(state, { type: 'propose', from: state.id, to: state.leader, term: 0, entries: [{ term: 0, index: 0, ...entry }] })
  return 'ok'
}

function statusOf(state: RaftState): RaftStatus {
  const { id, role, term, vote, leader, log, transferee, members } = state
  const progress = role === 'leader' ? [...state.progress] : []
  return {
    id,
    role,
    term,
    vote,
    leader,
    transferee,
    members,
    commit: log.committed,
    applied: log.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    progress: new Map(
      progress.map(([member, { match, next, state: at, recentActive, learner }]) => [
        member,
        { match, next, state: at, recentActive, learner },
      ]),
    ),
  }
}
