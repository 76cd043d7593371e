/**
 * Learners that become voters by themselves, if the options say so. A learner has caught up when it has all that the leader had an election
 * timeout ago (a round of thesis, section 4.2.1, no longer than an election): as a voter it then costs no availability. Whoever demotes
 * a voter for good removes it. Next: leader.ts, which asks once in an election timeout.
 */
import type { Progress } from './progress.js'
import type { RaftState } from './state.js'
import type { NodeId } from './types.js'

/** The learner to promote now, if any; begins the next round. One at a time: the others are asked again when its change is applied. */
export function caughtUpLearner(state: RaftState): NodeId | undefined {
  let found: NodeId | undefined
  for (const [id, progress] of state.progress) {
    if (!progress.learner) continue
    if (found === undefined && isCaughtUp(progress)) found = id
    progress.roundEnd = state.log.lastIndex
  }
  return found
}

function isCaughtUp({ state, recentActive, match, roundEnd }: Progress): boolean {
  return state === 'replicate' && recentActive && roundEnd !== undefined && match >= roundEnd
}
