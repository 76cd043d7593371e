/** What a death means for the siblings: a pure function from strategy and exit to a plan. */
import type { ExitReason } from '../host.js'
import type { ChildSpec, Strategy } from './child-spec.js'

/** Children to stop (in this order, reverse of their start) and then to start (in this order), by index. */
export interface RestartPlan {
  readonly stop: readonly number[]
  readonly start: readonly number[]
}

/** The plan for a child that ended by itself; undefined when it stays down and nobody else is touched. */
export function planRestart(strategy: Strategy, children: readonly ChildSpec[], failed: number, exit: ExitReason): RestartPlan | undefined {
  const restart = children[failed]?.restart ?? 'permanent'
  if (restart === 'temporary' || (restart === 'transient' && exit.type === 'shutdown')) return undefined
  return affected(strategy, children.length, failed)
}

/** Who is stopped and started with a child, whatever it ended of. */
export function affected(strategy: Strategy, children: number, failed: number): RestartPlan {
  const all = Array.from({ length: children }, (_, i) => i)
  switch (strategy) {
    case 'one-for-one':
    case 'simple-one-for-one':
      return { stop: [], start: [failed] }
    case 'rest-for-one':
      return { stop: all.filter((i) => i > failed).reverse(), start: all.filter((i) => i >= failed) }
    case 'one-for-all':
      return { stop: all.filter((i) => i !== failed).reverse(), start: all }
  }
}
