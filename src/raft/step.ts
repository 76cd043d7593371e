/**
 * Where every message enters. What a term says is decided here and only here (paper, section 5.1): a later one makes a follower, an
 * earlier one is stale. Votes are given here, the same in every role. The rest goes to the role's own function.
 * Next: follower.ts.
 */
import { unreachable } from '../base/assert.js'
import { stepCandidate } from './candidate.js'
import { commitNews, hup, learnCommit } from './election.js'
import { stepFollower } from './follower.js'
import { stepLeader, tickLeader } from './leader.js'
import { appendResponse, becomeFollower, envelope, isMutated, isPromotable, type RaftState, send } from './state.js'
import { type Message, noNode, type PreVote, type Vote } from './types.js'

/** Handles a message of any term. */
export function step(state: RaftState, message: Message): void {
  // Proposals and reads are of no term: whoever leads when they arrive handles them.
  if (message.type !== 'propose' && message.type !== 'readIndex') {
    if (message.term > state.term && !admitLaterTerm(state, message)) return
    if (message.term < state.term) {
      answerStale(state, message)
      return
    }
  }
  if (message.type === 'vote' || message.type === 'preVote') handleVote(state, message)
  else stepRole(state, message)
}

function stepRole(state: RaftState, message: Message): void {
  switch (state.role) {
    case 'follower':
      return stepFollower(state, message)
    case 'preCandidate':
    case 'candidate':
      return stepCandidate(state, message)
    case 'leader':
      return stepLeader(state, message)
    default:
      unreachable(state.role)
  }
}

/** Enters a later term where a message calls for it. False: the message is to be ignored. */
function admitLaterTerm(state: RaftState, message: Message): boolean {
  switch (message.type) {
    case 'vote':
    case 'preVote': {
      // Leader stickiness: who hears a leader helps nobody to depose it (thesis, section 4.2.3).
      const heard = state.config.checkQuorum && state.leader !== noNode && state.electionElapsed < state.config.electionTicks
      if (heard && !message.transfer && !isMutated(state, 'no-stickiness')) return false
      if (message.type === 'vote') becomeFollower(state, message.term, noNode)
      return true
    }
    case 'preVoteResponse':
      // A granted one names the term that was asked for, which is entered only when the pre-vote is won.
      if (message.reject) becomeFollower(state, message.term, noNode)
      return true
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      becomeFollower(state, message.term, message.from)
      return true
    default:
      becomeFollower(state, message.term, noNode)
      return true
  }
}

function answerStale(state: RaftState, message: Message): void {
  const { checkQuorum, preVote } = state.config
  if ((message.type === 'append' || message.type === 'heartbeat') && (checkQuorum || preVote)) {
    if (isMutated(state, 'stale-leader-unanswered')) return
    // A leader that was deposed while this member was cut off with a later term: stickiness keeps others from telling it, and this
    // member's own pre-votes are refused. The answer's term makes it step down.
    send(state, appendResponse(state, message.from, 0))
  } else if (message.type === 'preVote' && !isMutated(state, 'stale-pre-vote-unanswered')) {
    // Without an answer two candidates with pre-votes of different terms could wait for each other for ever.
    send(state, { type: 'preVoteResponse', ...envelope(state, message.from), ...commitNews(state), reject: true })
  }
}

function handleVote(state: RaftState, message: Vote | PreVote): void {
  const type = message.type === 'vote' ? 'voteResponse' : 'preVoteResponse'
  const mayVote =
    state.vote === message.from ||
    isMutated(state, 'votes-twice') ||
    (state.vote === noNode && state.leader === noNode) ||
    (message.type === 'preVote' && message.term > state.term)
  const upToDate = state.log.isUpToDate({ index: message.lastIndex, term: message.lastTerm }) || isMutated(state, 'vote-ignores-log')
  if (mayVote && upToDate) {
    // The answer to a pre-vote names the term asked for; this member's own would look stale to the asker.
    send(state, { type, ...envelope(state, message.from), ...commitNews(state), term: message.term, reject: false })
    if (message.type === 'vote') {
      state.electionElapsed = 0
      state.vote = message.from
    }
  } else {
    send(state, { type, ...envelope(state, message.from), ...commitNews(state), reject: true })
    learnCommit(state, message)
  }
}

/** One tick of time. */
export function tick(state: RaftState): void {
  if (state.role === 'leader') {
    tickLeader(state)
    return
  }
  state.electionElapsed += 1
  if (state.electionElapsed < state.electionTimeout || !isPromotable(state)) return
  state.electionElapsed = 0
  hup(state, { transfer: false })
}
