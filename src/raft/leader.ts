/**
 * A leader: orders proposals, drives its followers to its log, commits, answers reads, and gives the lead away when asked.
 * Next: ready.ts.
 */
import { type ConfigChange, changeMembers, decodeConfigChange, encodeConfigChange, isJoint, wantsLeaveJoint } from './membership.js'
import type { Progress } from './progress.js'
import { caughtUpLearner } from './promotion.js'
import { quorumVote } from './quorum.js'
import { appendEntries, broadcastAppend, broadcastHeartbeat, maybeCommit, maybeSendAppend, sendAppend } from './replication.js'
import { becomeFollower, envelope, isMutated, type RaftState, send } from './state.js'
import { type AppendResponse, type Entry, type HeartbeatResponse, type Message, type NodeId, noNode } from './types.js'

/** Handles a message of the current term, or one forwarded. */
export function stepLeader(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'propose':
      proposeAtLeader(state, message.entries)
      return
    case 'readIndex':
      handleRead(state, message.from, message.context)
      return
    case 'transferLeader':
      transferTo(state, message.transferee)
      return
    default:
  }
  const progress = state.progress.get(message.from)
  if (!progress) return
  if (message.type === 'appendResponse') handleAppendResponse(state, progress, message)
  else if (message.type === 'heartbeatResponse') handleHeartbeatResponse(state, progress, message)
}

/** Appends proposals. False: dropped, because this member left the cluster, gives the lead away, or has too much uncommitted. */
export function proposeAtLeader(state: RaftState, entries: readonly Pick<Entry, 'type' | 'data'>[]): boolean {
  if (!state.progress.has(state.id) || state.transferee !== noNode) return false
  const { lastIndex } = state.log
  const pendingBefore = state.pendingConfigIndex
  const admitted = entries.map((entry, at) => {
    if (entry.type !== 'config') return entry
    if (!state.config.disableConfigChangeValidation && configChangeRefusal(state, decodeConfigChange(entry.data)) !== undefined) {
      return { type: 'normal', data: new Uint8Array() } as const
    }
    state.pendingConfigIndex = lastIndex + 1 + at
    return entry
  })
  if (!appendEntries(state, admitted)) {
    state.pendingConfigIndex = pendingBefore
    return false
  }
  broadcastAppend(state)
  return true
}

/** Why a change of membership may not be proposed now; undefined if it may. */
export function configChangeRefusal(state: RaftState, change: ConfigChange): string | undefined {
  const { pendingConfigIndex, log, members } = state
  if (pendingConfigIndex > log.applied && !isMutated(state, 'two-changes-at-once'))
    return `possible unapplied conf change at index ${pendingConfigIndex} (applied to ${log.applied})`
  if (isJoint(members) && !wantsLeaveJoint(change)) return 'must transition out of joint config first'
  if (!isJoint(members) && wantsLeaveJoint(change)) return 'not in joint state; refusing empty conf change'
  const result = changeMembers(members, change)
  return result.type === 'refused' ? result.reason : undefined
}

function handleAppendResponse(state: RaftState, progress: Progress, message: AppendResponse): void {
  progress.recentActive = true
  if (message.reject) {
    // The follower's term at the hint, where it is above ours, cannot match either: pass over it, a term at a time.
    const hint = message.hintTerm > 0 ? state.log.findConflictByTerm(message.hintIndex, message.hintTerm).index : message.hintIndex
    if (isMutated(state, 'backs-up-fifty-at-most') && hint < state.log.lastIndex - 50) return
    if (!progress.maybeDecreaseTo(message.index, hint)) return
    if (progress.state === 'replicate') progress.becomeProbe()
    sendAppend(state, message.from)
    return
  }
  // An answer that repeats what is known may still end a probe.
  const news = progress.maybeUpdate(message.index) || (progress.match === message.index && progress.state === 'probe')
  if (news) afterMatch(state, progress, message)
}

function afterMatch(state: RaftState, progress: Progress, message: AppendResponse): void {
  const { from } = message
  if (progress.state === 'probe') progress.becomeReplicate()
  else if (progress.state === 'replicate') progress.inflights.freeTo(message.index)
  else if (progress.match + 1 >= state.log.firstIndex) {
    // The log reaches back to what the follower has, whether or not the snapshot has arrived.
    progress.becomeProbe()
    progress.becomeReplicate()
  }
  if (maybeCommit(state)) {
    releaseEarlyReads(state)
    broadcastAppend(state)
  } else if (from !== state.id && progress.canBumpCommit(state.log.committed)) {
    sendAppend(state, from)
  }
  if (from === state.id) return
  // The window may have opened: send as much as fits into it.
  while (maybeSendAppend(state, from, { evenIfEmpty: false }));
  if (from === state.transferee && progress.match === state.log.lastIndex) send(state, { type: 'timeoutNow', ...envelope(state, from) })
}

function handleHeartbeatResponse(state: RaftState, progress: Progress, message: HeartbeatResponse): void {
  progress.recentActive = true
  progress.paused = false
  // It listens: an append that was lost, or a probe not yet sent, goes now. A full window gets an empty append.
  if (progress.match < state.log.lastIndex || progress.state === 'probe') sendAppend(state, message.from)
  if (message.readSequence === 0) return
  for (const read of state.reads.echo(message.from, message.readSequence, state.members)) answerRead(state, read)
}

function handleRead(state: RaftState, from: NodeId, context: string): void {
  // Before its first commit a leader's commit index may be behind what its predecessor acknowledged (thesis, section 6.4).
  if (state.log.term(state.log.committed) !== state.term && !isMutated(state, 'read-before-own-commit')) {
    state.reads.postpone(from, context)
    return
  }
  if (state.config.leaseReads || isMutated(state, 'read-unconfirmed')) {
    answerRead(state, { from, context, index: state.log.committed })
    return
  }
  const sequence = state.reads.add({ from, context, index: state.log.committed })
  for (const read of state.reads.echo(state.id, sequence, state.members)) answerRead(state, read)
  if (state.reads.lastSequence > 0) broadcastHeartbeat(state, sequence)
}

/** The first commit of the term lets reads in. */
export function releaseEarlyReads(state: RaftState): void {
  if (state.log.term(state.log.committed) !== state.term) return
  for (const { from, context } of state.reads.takeEarly()) handleRead(state, from, context)
}

function answerRead(state: RaftState, read: { from: NodeId; context: string; index: number }): void {
  const { from, context, index } = read
  if (from === state.id || isMutated(state, 'forwarded-read-answered-here')) state.readStates.push({ index, context })
  else send(state, { type: 'readIndexResponse', ...envelope(state, from), context, index })
}

/** Gives the lead to a voter: proposals wait until it has the log and campaigns, or electionTicks have passed (thesis, 3.10). */
function transferTo(state: RaftState, transferee: NodeId): void {
  const progress = state.progress.get(transferee)
  if (!progress || progress.learner || state.transferee === transferee) return
  state.transferee = noNode
  if (transferee === state.id) return
  state.electionElapsed = 0
  state.transferee = transferee
  const ready = progress.match === state.log.lastIndex || isMutated(state, 'transfer-to-lagging')
  if (ready) send(state, { type: 'timeoutNow', ...envelope(state, transferee) })
  else sendAppend(state, transferee)
}

/** One tick of a leader. */
export function tickLeader(state: RaftState): void {
  state.heartbeatElapsed += 1
  state.electionElapsed += 1
  if (state.electionElapsed >= state.config.electionTicks) {
    state.electionElapsed = 0
    if (state.config.promoteLearners) promoteLearner(state)
    if (state.config.checkQuorum && !hearsQuorum(state) && !isMutated(state, 'leader-never-steps-down')) {
      becomeFollower(state, state.term, noNode)
      return
    }
    if (!isMutated(state, 'transfer-never-expires')) state.transferee = noNode
  }
  if (state.heartbeatElapsed >= state.config.heartbeatTicks) {
    state.heartbeatElapsed = 0
    broadcastHeartbeat(state, state.reads.lastSequence)
  }
}

function promoteLearner(state: RaftState): void {
  const id = caughtUpLearner(state)
  if (id === undefined) return
  const change: ConfigChange = { transition: 'auto', changes: [{ type: 'addVoter', id }] }
  if (configChangeRefusal(state, change) === undefined) proposeAtLeader(state, [{ type: 'config', data: encodeConfigChange(change) }])
}

/** Whether a quorum was heard since the last time this was asked (thesis, section 6.2). */
function hearsQuorum(state: RaftState): boolean {
  const heard = new Map([...state.progress].map(([id, progress]) => [id, id === state.id || progress.recentActive]))
  for (const [id, progress] of state.progress) if (id !== state.id) progress.recentActive = false
  return quorumVote(state.members, heard) === 'won'
}

/** What was sent to this member may be lost. */
export function unreachable(state: RaftState, id: NodeId): void {
  const progress = state.progress.get(id)
  if (progress?.state === 'replicate') progress.becomeProbe()
}

/** The snapshot for this member was delivered, or failed. Either way the next append waits: for its answer, or for a heartbeat's. */
export function snapshotSent(state: RaftState, id: NodeId, ok: boolean): void {
  const progress = state.progress.get(id)
  if (progress?.state !== 'snapshot') return
  if (!ok) progress.pendingSnapshot = 0
  progress.becomeProbe()
  progress.paused = true
}
