/** PodDisruptionBudget: pkg/registry/policy/poddisruptionbudget/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { podDisruptionBudgetRow } from '../../printers/scheduling.js'
import { validatePodDisruptionBudget, validatePodDisruptionBudgetStatusUpdate } from '../../validation/policy/pod-disruption-budget.js'

export const podDisruptionBudgetStrategy: Strategy = {
  validate: validatePodDisruptionBudget,
  validateStatusUpdate: validatePodDisruptionBudgetStatusUpdate,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  // Upstream never judged its name as more than a part of a path.
  nameRule: 'path-segment',
  ...printed('PodDisruptionBudget', podDisruptionBudgetRow),
}
