/** PriorityLevelConfiguration: pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go and its v1 defaults. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { priorityLevelRow } from '../../printers/access.js'
import { printed } from '../../printers/cells.js'
import type { PriorityLevelConfiguration } from '../../types/flowcontrol-v1.js'
import { validatePriorityLevelConfiguration } from '../../validation/flowcontrol/priority-level-configuration.js'
import { keepAllButStatus } from '../carry-over.js'

const limitedShares = 30
const queuingDefaults = { queues: 64, handSize: 8, queueLengthLimit: 50 }

export const priorityLevelConfigurationStrategy: Strategy = {
  applyDefaults,
  validate: validatePriorityLevelConfiguration,
  validateUpdate: validatePriorityLevelConfiguration,
  validateStatusUpdate: validatePriorityLevelConfiguration,
  prepareForStatusUpdate: keepAllButStatus,
  hasGeneration: true,
  resetFields: { main: ['status'], status: ['metadata', 'spec'] },
  ...printed('PriorityLevelConfiguration', priorityLevelRow),
}

function applyDefaults(object: KubeObject): void {
  const { exempt, limited } = (object as PriorityLevelConfiguration).spec ?? {}
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0
    exempt.lendablePercent ??= 0
  }
  if (!limited) return
  limited.nominalConcurrencyShares ??= limitedShares
  limited.lendablePercent ??= 0
  const queuing = limited.limitResponse?.queuing
  if (!queuing) return
  queuing.queues ||= queuingDefaults.queues
  queuing.handSize ||= queuingDefaults.handSize
  queuing.queueLengthLimit ||= queuingDefaults.queueLengthLimit
}
