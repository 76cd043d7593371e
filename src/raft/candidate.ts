/**
 * A candidate or pre-candidate: counts answers until it has won or lost. Next: promotion.ts.
 */
import { campaign, learnCommit } from './election.js'
import { followAndStep } from './follower.js'
import { quorumVote } from './quorum.js'
import { appendEntries, broadcastAppend } from './replication.js'
import { becomeFollower, becomeLeader, isMutated, type RaftState } from './state.js'
import { type Message, noNode, type PreVoteResponse, type VoteResponse } from './types.js'

/** Handles a message of the current term, or a granted pre-vote of the next. */
export function stepCandidate(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      if (!isMutated(state, 'candidate-ignores-leader')) followAndStep(state, message)
      break
    case 'preVoteResponse':
      if (state.role === 'preCandidate') count(state, message)
      break
    case 'voteResponse':
      if (state.role === 'candidate') count(state, message)
      break
    default:
    // There is no leader to forward to, and nobody to hand the lead over.
  }
}

function count(state: RaftState, message: VoteResponse | PreVoteResponse): void {
  const { role } = state
  if (message.reject) learnCommit(state, message)
  if (state.role !== role) return
  // The first answer counts: a second one from the same member is a duplicate.
  if (!state.votes.has(message.from)) state.votes.set(message.from, !message.reject)
  const result = quorumVote(state.members, state.votes)
  if (result === 'lost') {
    // A rejected pre-vote may have come from a later term; this member has entered it already (step.ts).
    becomeFollower(state, state.term, noNode)
  } else if (result === 'won') {
    if (state.role === 'preCandidate') campaign(state, { transfer: false })
    else lead(state)
  }
}

/** An empty entry of the new term lets everything before it commit (paper, section 5.4.2 and figure 8). */
function lead(state: RaftState): void {
  becomeLeader(state)
  appendEntries(state, [{ type: 'normal', data: new Uint8Array() }])
  broadcastAppend(state)
}
