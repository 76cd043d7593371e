/**
 * Campaigns: who starts one, and what is asked of whom. A leader is elected when a quorum answers (candidate.ts). Next: candidate.ts.
 */
import { becomeCandidate, becomeFollower, becomePreCandidate, envelope, isPromotable, type RaftState, send } from './state.js'
import { type NodeId, noNode, type Role } from './types.js'

/** Starts an election unless this member leads, may not, or has a change of membership to apply first. */
export function hup(state: RaftState, { transfer }: { transfer: boolean }): void {
  if (state.role === 'leader' || !isPromotable(state) || hasUnappliedConfigChange(state)) return
  if (transfer || !state.config.preVote) campaign(state, { transfer })
  else preCampaign(state)
}

/**
 * The leader's process is known to have died: the voters campaign one after the other, so that they do not split the vote, the first one at
 * once. Those who have not heard of it yet still stick to the leader, so each asks again with every tick until it is heard.
 */
export function leaderLost(state: RaftState, lost: NodeId): void {
  if (!state.config.leaderLossHint || state.config.leaseReads || state.role !== 'follower' || state.leader !== lost) return
  state.leader = noNode
  const turn = state.members.voters.filter((id) => id !== lost).indexOf(state.id)
  if (turn < 0) return
  state.electionElapsed = 0
  state.electionTimeout = Math.max(1, 2 * turn)
  if (turn === 0) hup(state, { transfer: false })
}

/** Asks whether an election could be won. */
function preCampaign(state: RaftState): void {
  becomePreCandidate(state)
  ask(state, { type: 'preVote', term: state.term + 1, transfer: false })
}

/** Asks for votes in a new term. */
export function campaign(state: RaftState, { transfer }: { transfer: boolean }): void {
  becomeCandidate(state)
  ask(state, { type: 'vote', term: state.term, transfer })
}

function ask(state: RaftState, request: { type: 'vote' | 'preVote'; term: number; transfer: boolean }): void {
  const last = state.log.lastId
  const voters = [...new Set([...state.members.voters, ...state.members.votersOutgoing])].sort((a, b) => a - b)
  for (const id of voters) {
    const head = { ...envelope(state, id), ...commitNews(state), term: request.term }
    // A candidate's own vote counts when it is durable, like any other.
    if (id === state.id) send(state, { type: request.type === 'vote' ? 'voteResponse' : 'preVoteResponse', ...head, reject: false })
    else send(state, { type: request.type, ...head, lastIndex: last.index, lastTerm: last.term, transfer: request.transfer })
  }
}

/** What this member knows to be committed. */
export function commitNews(state: RaftState): { commit: number; commitTerm: number } {
  const { log } = state
  return { commit: log.committed, commitTerm: log.term(log.committed) ?? 0 }
}

/** Commits what another member knows to be committed, if it is in this log too. Who campaigns by an old configuration stops. */
export function learnCommit(state: RaftState, news: { commit: number; commitTerm: number }): void {
  const known = { index: news.commit, term: news.commitTerm }
  if (state.role === 'leader' || news.commitTerm === 0 || !state.log.maybeCommit(known)) return
  if (isCampaigning(state.role) && hasUnappliedConfigChange(state)) becomeFollower(state, state.term, noNode)
}

/** A member that has not applied a committed change may count the wrong voters. */
function hasUnappliedConfigChange(state: RaftState): boolean {
  const { log } = state
  for (let low = log.applied + 1; low <= log.committed; ) {
    const page = log.slice(low, log.committed + 1, 1024 * 1024) ?? []
    if (page.some((entry) => entry.type === 'config')) return true
    if (page.length === 0) return false
    low += page.length
  }
  return false
}

/** Whether a member in this role counts answers to an election. */
function isCampaigning(role: Role): boolean {
  return role === 'candidate' || role === 'preCandidate'
}
