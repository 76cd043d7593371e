/** PodDisruptionBudget: pkg/registry/policy/poddisruptionbudget/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { podDisruptionBudgetRow } from '../../printers/scheduling.js'

export const podDisruptionBudgetStrategy: Strategy = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  ...printed('PodDisruptionBudget', podDisruptionBudgetRow),
}
