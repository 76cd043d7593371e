/**
 * RaftState: everything a member knows, and the transitions between roles. The step functions (follower.ts, candidate.ts, leader.ts)
 * change it; nothing else does.
 *
 *   follower      heard of a leader, or waits                          becomeFollower
 *   preCandidate  asks whether it could win; nothing else changes      becomePreCandidate
 *   candidate     asks for votes in a new term, voted for itself       becomeCandidate
 *   leader        won; replicates its log                              becomeLeader
 *
 * Invariants: 1. the term never falls, and a vote once given in a term stays. 2. a leader's `leader` is itself, a candidate's is nobody.
 * 3. a candidate's or leader's vote is its own. 4. there is progress for exactly the members. 5. only a leader has a transferee.
 * 6. no term in the log is above the member's. checkRaft() asserts 2 to 6 and those of the parts. Next: step.ts.
 */
import { assert } from '../base/assert.js'
import type { Random } from '../base/random.js'
import type { RaftConfig } from './config.js'
import type { EntryId, RaftLog } from './log.js'
import { isJoint, memberIds } from './membership.js'
import { mutated, type RaftMutant } from './mutants.js'
import { checkProgress, Progress } from './progress.js'
import type { ReadQueue } from './read-index.js'
import type { ReadState } from './ready.js'
import { type AppendResponse, type ConfState, type Message, type NodeId, noNode, type Role } from './types.js'

export interface RaftState {
  readonly config: RaftConfig
  readonly random: Random
  readonly log: RaftLog
  readonly id: NodeId
  term: number
  vote: NodeId
  role: Role
  leader: NodeId
  members: ConfState
  /**
   * While a snapshot waits to be loaded, `members` is the snapshot's already, and this is the configuration that entries handed out
   * before it still change.
   */
  membersBeforeSnapshot: ConfState | undefined
  /** Of all members, this one included, sorted by id; up to date only while this member leads. */
  progress: ReadonlyMap<NodeId, Progress>
  /** Answers to the election under way. */
  votes: Map<NodeId, boolean>
  readonly reads: ReadQueue
  /** To be given out with the next Ready. */
  readStates: ReadState[]
  messages: Message[]
  messagesAfterPersist: Message[]
  /** Ticks since the leader was heard; at the leader, since the quorum was checked. */
  electionElapsed: number
  heartbeatElapsed: number
  /** This round's timeout in [electionTicks, 2 electionTicks - 1]. */
  electionTimeout: number
  transferee: NodeId
  /** Until this index is applied, no other change of membership may be proposed (thesis, section 4.1). */
  pendingConfigIndex: number
  uncommittedBytes: number
}

/** Whether this member has a bug on purpose (mutants.ts). */
export function isMutated(state: RaftState, name: RaftMutant): boolean {
  return mutated(state.config.mutants, name)
}

/** Follows `leader`, or nobody yet, in `term`. */
export function becomeFollower(state: RaftState, term: number, leader: NodeId): void {
  reset(state, term)
  state.role = 'follower'
  state.leader = leader
}

/** Keeps term and vote: a pre-vote changes nothing that must be remembered. */
export function becomePreCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'a leader does not campaign')
  state.role = 'preCandidate'
  state.votes = new Map()
  if (!isMutated(state, 'precandidate-keeps-leader')) state.leader = noNode
}

/** Enters the next term and votes for itself. */
export function becomeCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'a leader does not campaign')
  reset(state, state.term + 1)
  state.role = 'candidate'
  state.vote = state.id
}

/** Leads its term. The caller appends the empty entry that makes earlier entries committable. */
export function becomeLeader(state: RaftState): void {
  assert(state.role !== 'follower', 'a follower does not become leader without an election')
  reset(state, state.term)
  state.role = 'leader'
  state.leader = state.id
  const own = state.progress.get(state.id)
  own?.becomeReplicate()
  if (own) own.recentActive = true
  // There may be an unapplied change of membership in the log; it is cheaper to assume one than to look.
  state.pendingConfigIndex = isMutated(state, 'change-before-own-commit') ? 0 : state.log.lastIndex
}

function reset(state: RaftState, term: number): void {
  assert(term >= state.term, `the term does not fall from ${state.term} to ${term}`)
  if (term !== state.term) {
    state.term = term
    state.vote = noNode
  }
  state.leader = noNode
  state.electionElapsed = 0
  state.heartbeatElapsed = 0
  state.electionTimeout = state.config.electionTicks + state.random.below(state.config.electionTicks)
  state.transferee = noNode
  if (!isMutated(state, 'votes-kept')) state.votes = new Map()
  state.pendingConfigIndex = 0
  state.uncommittedBytes = 0
  state.reads.reset()
  const { lastIndex } = state.log
  state.progress = new Map(
    memberIds(state.members).map((id) => [id, newProgress(state, id, { match: id === state.id ? lastIndex : 0, next: lastIndex + 1 })]),
  )
}

/** Puts a configuration into force. Members that stay keep their progress; new ones count as heard, so that they get time to answer. */
export function setMembers(state: RaftState, members: ConfState): void {
  const before = state.progress
  state.members = members
  state.progress = new Map(
    memberIds(members).map((id) => {
      const kept = before.get(id)
      if (kept && kept.learner === isLearner(members, id)) return [id, kept]
      const at = kept ?? { match: 0, next: Math.max(state.log.lastIndex, 1) }
      const progress = newProgress(state, id, at)
      progress.recentActive = kept?.recentActive ?? true
      return [id, progress]
    }),
  )
}

function newProgress(state: RaftState, id: NodeId, at: { match: number; next: number }): Progress {
  const { inflightMessagesMax, inflightBytesMax } = state.config
  return new Progress({ match: at.match, next: at.next, learner: isLearner(state.members, id), inflightMessagesMax, inflightBytesMax })
}

function isLearner(members: ConfState, id: NodeId): boolean {
  return members.learners.includes(id)
}

/** Queues a message. Promises about what is stored (votes, accepted appends) wait until it is durable. */
export function send(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'voteResponse':
    case 'preVoteResponse':
    case 'appendResponse':
      if (isMutated(state, 'promises-before-durable') && message.to !== state.id) state.messages.push(message)
      else state.messagesAfterPersist.push(message)
      break
    default:
      state.messages.push(message)
  }
}

/** The fields that every message of this member has. */
export function envelope(state: RaftState, to: NodeId): { from: NodeId; to: NodeId; term: number } {
  return { from: state.id, to, term: state.term }
}

/** The answer to an append: accepted up to `index`, or, with a hint where the logs may match, rejected at `index`. */
export function appendResponse(state: RaftState, to: NodeId, index: number, hint?: EntryId): AppendResponse {
  // Spelled out field by field: this is the message sent most, and spreading objects into it took half of a follower's time.
  return {
    type: 'appendResponse',
    from: state.id,
    to,
    term: state.term,
    index,
    reject: hint !== undefined,
    hintIndex: hint?.index ?? 0,
    hintTerm: hint?.term ?? 0,
  }
}

/** Whether this member may campaign: a voter whose log is not about to be replaced by a snapshot. */
export function isPromotable(state: RaftState): boolean {
  const own = state.progress.get(state.id)
  if (!own && isMutated(state, 'unlisted-campaigns')) return true
  const votes = own !== undefined && (!own.learner || isMutated(state, 'learner-campaigns'))
  return votes && state.log.unstable.snapshot === undefined
}

/** Asserts the invariants of a member, which hold between any two calls. */
export function checkRaft(state: RaftState): void {
  const { role, id, leader, vote, log } = state
  log.check()
  assert(role !== 'leader' || leader === id, 'a leader knows itself as leader')
  assert(!(role === 'candidate' || role === 'preCandidate') || leader === noNode, 'a candidate knows no leader')
  assert(!(role === 'candidate' || role === 'leader') || vote === id, `a ${role} voted for itself`)
  assert(role === 'leader' || state.transferee === noNode, 'only a leader gives the lead away')
  assert(log.lastId.term <= state.term, `the last entry's term ${log.lastId.term} is not above the term ${state.term}`)
  assert([...state.progress.keys()].join() === memberIds(state.members).join(), 'there is progress for exactly the members')
  assert(isJoint(state.members) || state.members.learnersNext.length === 0, 'only a joint configuration has learners to be')
  state.reads.check(role === 'leader')
  if (role !== 'leader') return
  for (const progress of state.progress.values()) checkProgress(progress, log.lastIndex)
}
