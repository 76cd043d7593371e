/**
 * Puts a committed change of membership into force. Next: storage-response.ts.
 */
import { assert } from '../base/assert.js'
import { releaseEarlyReads } from './leader.js'
import { type ConfigChange, changeMembers, isVoter } from './membership.js'
import { broadcastAppend, maybeCommit, maybeSendAppend } from './replication.js'
import { becomeFollower, isMutated, type RaftState, setMembers } from './state.js'
import { type ConfState, noNode } from './types.js'

/** Applies a change whose entry is committed, and does what the new configuration calls for at a leader. */
export function applyConfigChange(state: RaftState, change: ConfigChange): ConfState {
  const overSnapshot = state.membersBeforeSnapshot !== undefined && !isMutated(state, 'change-applied-over-snapshot')
  const result = changeMembers(overSnapshot ? (state.membersBeforeSnapshot ?? state.members) : state.members, change)
  assert(result.type === 'changed', `a committed change of membership is allowed: ${result.type === 'refused' ? result.reason : ''}`)
  if (overSnapshot) {
    // The snapshot's configuration, in force already, is later than this change.
    state.membersBeforeSnapshot = result.members
    return result.members
  }
  setMembers(state, result.members)
  if (state.role !== 'leader') return state.members
  const own = state.progress.get(state.id)
  if (!own || own.learner) {
    // It leads until another is elected, without counting itself, so that the change is told to everybody; or steps down at once.
    if (state.config.stepDownOnRemoval) becomeFollower(state, state.term, noNode)
    return state.members
  }
  if (maybeCommit(state)) {
    // A smaller quorum may have what the larger one lacked.
    releaseEarlyReads(state)
    broadcastAppend(state)
  } else {
    for (const id of state.progress.keys()) if (id !== state.id) maybeSendAppend(state, id, { evenIfEmpty: false })
  }
  if (state.transferee !== noNode && !isVoter(state.members, state.transferee)) state.transferee = noNode
  return state.members
}
