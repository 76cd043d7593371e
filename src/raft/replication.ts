/**
 * What a leader sends to its followers and how its log grows and commits. Each follower's progress decides whether it gets entries,
 * a snapshot, or nothing yet. Next: leader.ts, which calls this.
 */
import { defined } from '../base/assert.js'
import { payloadBytes } from './entry-size.js'
import type { Progress } from './progress.js'
import { quorumIndex } from './quorum.js'
import { appendResponse, envelope, isMutated, type RaftState, send } from './state.js'
import type { Entry, NodeId } from './types.js'

/**
 * Appends proposals to the leader's log; false if too much is uncommitted already. What has no payload always fits: a new leader
 * must be able to commit. The leader acknowledges its own entries like a follower, when they are durable.
 */
export function appendEntries(state: RaftState, proposals: readonly Pick<Entry, 'type' | 'data'>[]): boolean {
  const { lastIndex } = state.log
  const entries = proposals.map(({ type, data }, at): Entry => ({ term: state.term, index: lastIndex + 1 + at, type, data }))
  const bytes = payloadBytes(entries)
  if (state.uncommittedBytes > 0 && bytes > 0 && state.uncommittedBytes + bytes > state.config.uncommittedBytesMax) return false
  state.uncommittedBytes += bytes
  const index = state.log.append(entries)
  if (isMutated(state, 'counts-itself-before-durable') && state.progress.get(state.id)?.maybeUpdate(index)) maybeCommit(state)
  send(state, appendResponse(state, state.id, index))
  return true
}

/** Sends to everybody what is new, at least the commit index. */
export function broadcastAppend(state: RaftState): void {
  for (const id of state.progress.keys()) if (id !== state.id) sendAppend(state, id)
}

/** Sends entries, a snapshot, or an empty append, unless the follower is paused. */
export function sendAppend(state: RaftState, to: NodeId): boolean {
  return maybeSendAppend(state, to, { evenIfEmpty: true })
}

/** Sends entries or a snapshot, and an empty append only if asked to. False: nothing was sent. */
export function maybeSendAppend(state: RaftState, to: NodeId, { evenIfEmpty }: { evenIfEmpty: boolean }): boolean {
  const progress = defined(state.progress.get(to), `member ${to} has progress`)
  if (progress.isPaused) return false
  const prevIndex = progress.next - 1
  const prevTerm = state.log.term(prevIndex)
  if (prevTerm === undefined) return maybeSendSnapshot(state, to, progress)
  // To a follower whose window is full goes an empty append at most, so that something makes it answer.
  const throttled = progress.state === 'replicate' && progress.inflights.full
  const entries = throttled ? [] : state.log.entriesFrom(progress.next, state.config.messageBytesMax)
  if (!entries) return maybeSendSnapshot(state, to, progress)
  if (entries.length === 0 && !evenIfEmpty) return false
  const commit = state.log.committed
  send(state, { type: 'append', ...envelope(state, to), prevIndex, prevTerm, entries, commit })
  progress.sentEntries(entries.length, payloadBytes(entries))
  progress.sentCommit(commit)
  return true
}

function maybeSendSnapshot(state: RaftState, to: NodeId, progress: Progress): boolean {
  if (!progress.recentActive) return false
  const snapshot = state.log.snapshot()
  if (!snapshot) return false
  progress.becomeSnapshot(snapshot.index)
  send(state, { type: 'snapshot', ...envelope(state, to), snapshot })
  return true
}

/** Heartbeats to everybody; answers echo `readSequence`. */
export function broadcastHeartbeat(state: RaftState, readSequence: number): void {
  for (const [id, progress] of state.progress) {
    if (id === state.id) continue
    // The follower may lack entries that are committed: it may be told only of what it has.
    const commit = Math.min(progress.match, state.log.committed)
    send(state, { type: 'heartbeat', ...envelope(state, id), commit, readSequence })
    progress.sentCommit(commit)
  }
}

/** Commits what a quorum has, if it is of this term. */
export function maybeCommit(state: RaftState): boolean {
  const members = isMutated(state, 'joint-counts-new-half-only') ? { ...state.members, votersOutgoing: [] } : state.members
  const missing = isMutated(state, 'commit-quorum-one-short') ? 1 : 0
  const index = quorumIndex(members, (id) => state.progress.get(id)?.match, missing)
  const term = isMutated(state, 'commit-old-term-by-counting') ? (state.log.term(index) ?? state.term) : state.term
  return state.log.maybeCommit({ index, term })
}
