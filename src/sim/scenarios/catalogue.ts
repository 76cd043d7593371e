/** The scenarios that `troupe sim` knows by name. */
import { CodedError } from '../../base/errors.js'
import { crashes } from './crashes.js'
import type { Scenario } from './scenario.js'
import { store } from './store.js'
import { storm } from './storm.js'

/** In the order in which they are listed; the first is the default. */
export const scenarios: readonly Scenario[] = [crashes, storm, store]

/** Throws CodedError 'InvalidOption' for a name there is not. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (!found)
    throw new CodedError('InvalidOption', `Cannot play "${name}": there are ${scenarios.map((scenario) => scenario.name).join(', ')}`, {
      details: { option: 'scenario' },
    })
  return found
}
