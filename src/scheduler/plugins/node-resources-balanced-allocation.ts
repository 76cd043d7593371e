/**
 * NodeResourcesBalancedAllocation: better are nodes on which the pod makes cpu and memory more evenly used, so that no
 * node runs out of one with much left of the other. plugins/noderesources/balanced_allocation.go.
 */
import { type PluginFactory, scoreMax } from '../framework/plugin.js'
import type { Resources } from '../framework/resources.js'
import { skip, success } from '../framework/status.js'

const balanced = ['cpu', 'memory'] as const

export const nodeResourcesBalancedAllocation: PluginFactory = () => ({
  name: 'NodeResourcesBalancedAllocation',
  // A pod that requests nothing changes no balance; scoring it would gather such pods on one node.
  preScore: (_state, { requests }) => (balanced.every((name) => (requests.get(name) ?? 0) === 0) ? skip : success),
  score(_state, { requests }, { allocatable, requested }) {
    const after = evenness(allocatable, requested, requests)
    const before = evenness(allocatable, requested, new Map())
    return scoreMax / 2 + Math.trunc((scoreMax / 2 + after - before) / 2)
  },
})

/** scoreMax less the standard deviation of the used fractions. */
function evenness(allocatable: Resources, requested: Resources, more: Resources): number {
  const fractions: number[] = []
  for (const name of balanced) {
    const capacity = allocatable.get(name) ?? 0
    if (capacity > 0) fractions.push(Math.min(1, ((requested.get(name) ?? 0) + (more.get(name) ?? 0)) / capacity))
  }
  const [a, b] = fractions
  const deviation = a === undefined || b === undefined ? 0 : Math.abs(a - b) / 2
  return Math.trunc((1 - deviation) * scoreMax)
}
