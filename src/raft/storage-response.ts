/**
 * What follows in the core when its log is durable, or entries are applied. Next: rounds.ts, which asks for both.
 */
import { payloadBytes } from './entry-size.js'
import { proposeAtLeader } from './leader.js'
import { encodeConfigChange, leaveJoint } from './membership.js'
import { isMutated, type RaftState } from './state.js'
import type { StorageAppendResponse, StorageApplyResponse, StorageResponse } from './types.js'

/** Handles the answer to an order to the append or apply thread; answers come in the order of the orders. */
export function handleStorageResponse(state: RaftState, response: StorageResponse): void {
  if (response.type === 'storageAppendResponse') finishWrite(state, response)
  else finishApply(state, response)
}

function finishWrite(state: RaftState, { index, logTerm, term, snapshotIndex }: StorageAppendResponse): void {
  // In a later term the tail may have been replaced, and even replaced back, by writes still on their way: the order that carries the
  // later term has a tail of its own.
  if (index > 0 && (term === state.term || isMutated(state, 'durable-in-any-term'))) state.log.unstable.stableTo(index, logTerm)
  if (snapshotIndex === undefined) return
  state.log.unstable.stableSnapshotTo(snapshotIndex)
  if (!state.log.unstable.snapshot) state.membersBeforeSnapshot = undefined
  if (snapshotIndex > state.log.applied) state.log.appliedTo(snapshotIndex, [])
}

function finishApply(state: RaftState, { entries }: StorageApplyResponse): void {
  const last = entries.at(-1)
  if (!last) return
  state.log.appliedTo(Math.max(last.index, state.log.applied), entries)
  state.uncommittedBytes = Math.max(0, state.uncommittedBytes - payloadBytes(entries))
  // What was proposed to be left by itself is left by the leader, in a change of its own. If it is dropped, the next apply tries again.
  if (state.role === 'leader' && state.members.autoLeave && state.log.applied >= state.pendingConfigIndex) {
    proposeAtLeader(state, [{ type: 'config', data: encodeConfigChange(leaveJoint) }])
  }
}
