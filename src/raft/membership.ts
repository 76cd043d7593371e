/** The changes of membership that can be proposed. */
import type { NodeId } from './types.js'

export interface ConfigChange {
  /** How to get from the old voters to the new: 'auto' takes the simple way if one voter changes, a joint configuration left by itself otherwise. */
  readonly transition: 'auto' | 'jointImplicit' | 'jointExplicit'
  /** Empty: leave the joint configuration. */
  readonly changes: readonly { readonly type: 'addVoter' | 'addLearner' | 'remove'; readonly id: NodeId }[]
}
