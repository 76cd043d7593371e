/**
 * A follower: accepts the leader's log and forwards what only a leader can do. Next: candidate.ts.
 */
import { hup } from './election.js'
import { appendResponse, becomeFollower, envelope, isMutated, type RaftState, send, setMembers } from './state.js'
import { type Append, type Heartbeat, type InstallSnapshot, type Message, noNode, type Snapshot } from './types.js'

/** Handles a message of the current term, or one forwarded. */
export function stepFollower(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'append':
      hear(state, message)
      handleAppend(state, message)
      break
    case 'heartbeat':
      hear(state, message)
      handleHeartbeat(state, message)
      break
    case 'snapshot':
      hear(state, message)
      handleSnapshot(state, message)
      break
    case 'propose':
      if (state.leader !== noNode && !state.config.disableProposalForwarding) send(state, { ...message, to: state.leader })
      break
    case 'readIndex':
      if (state.leader !== noNode) send(state, { ...message, to: state.leader })
      break
    case 'transferLeader':
      if (state.leader !== noNode) send(state, { ...message, to: state.leader, term: state.term })
      break
    case 'readIndexResponse':
      state.readStates.push({ index: message.index, context: message.context })
      break
    case 'timeoutNow':
      // Not a pre-vote: the leader itself said that the time has come.
      hup(state, { transfer: true })
      break
    default:
    // Answers to a role it no longer has.
  }
}

function hear(state: RaftState, message: Message): void {
  state.electionElapsed = 0
  state.leader = message.from
}

function handleAppend(state: RaftState, message: Append): void {
  const { log } = state
  if (message.prevIndex < log.committed) {
    send(state, appendResponse(state, message.from, log.committed))
    return
  }
  const matched = log.maybeAppend({ index: message.prevIndex, term: message.prevTerm }, message.entries, message.commit)
  if (matched !== undefined) {
    send(state, appendResponse(state, message.from, matched))
    return
  }
  // Where this log has terms above the leader's at that index they cannot match: the hint passes over them at once.
  const hint = log.findConflictByTerm(Math.min(message.prevIndex, log.lastIndex), message.prevTerm)
  send(state, appendResponse(state, message.from, message.prevIndex, hint))
}

function handleHeartbeat(state: RaftState, message: Heartbeat): void {
  state.log.commitTo(message.commit)
  send(state, { type: 'heartbeatResponse', ...envelope(state, message.from), readSequence: message.readSequence })
}

function handleSnapshot(state: RaftState, message: InstallSnapshot): void {
  const index = restore(state, message.snapshot) ? state.log.lastIndex : state.log.committed
  send(state, appendResponse(state, message.from, index))
}

/**
 * Replaces the log by a snapshot, unless the log has it all. The snapshot may be older than the change that added this member, and not
 * know it: it is accepted all the same, as an empty log would be, and the change follows in the log. (etcd's raft refuses it, and then
 * the leader sends it again and again until a newer one is made.)
 */
function restore(state: RaftState, snapshot: Snapshot): boolean {
  if (snapshot.index <= state.log.committed) return false
  if (state.log.matches(snapshot)) {
    // Nothing is missing: committing is enough, and keeps the entries after it.
    state.log.commitTo(snapshot.index)
    return false
  }
  state.membersBeforeSnapshot ??= state.members
  state.log.restore(snapshot)
  if (!isMutated(state, 'snapshot-keeps-old-members')) setMembers(state, snapshot.members)
  return true
}

/** A message of the leader makes whoever campaigns in its term a follower, who then handles it. */
export function followAndStep(state: RaftState, message: Append | Heartbeat | InstallSnapshot): void {
  becomeFollower(state, message.term, message.from)
  stepFollower(state, message)
}
