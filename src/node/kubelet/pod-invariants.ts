/** The invariants of pod-lifecycle.ts as a check that runs after every step. */
import { assert } from '../../base/assert.js'
import type { PodAction, PodState } from './pod-state.js'

/** Throws InvariantError when a step broke one of pod-lifecycle.ts's numbered invariants. */
export function invariantOf(state: PodState, actions: readonly PodAction[]): void {
  const runs = state.containers.some(({ phase }) => phase === 'running' || phase === 'stopping' || phase === 'starting')
  const touched = new Set<string>()
  for (const action of actions) {
    if (action.type === 'start-container') {
      assert(
        state.sandbox === 'ready' && state.volumes === 'ready' && !state.ending && !state.terminal,
        `1. container "${action.name}" is started on ready ground only`,
      )
      const record = state.containers.find(({ name }) => name === action.name)
      assert(record?.role !== 'main' || state.initialized, `2. main container "${action.name}" is started after initialization`)
    }
    if (action.type === 'start-container' || action.type === 'stop-container') {
      assert(!touched.has(action.name), `3. container "${action.name}" is started or stopped once a step`)
      touched.add(action.name)
    }
    if (action.type === 'clean-up') assert(!runs, '4. clean-up begins when nothing runs')
  }
}
