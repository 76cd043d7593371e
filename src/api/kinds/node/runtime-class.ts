/** RuntimeClass: pkg/registry/node/runtimeclass/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { runtimeClassRow } from '../../printers/scheduling.js'
import type { RuntimeClass } from '../../types/node-v1.js'
import { validateRuntimeClass, validateRuntimeClassUpdate } from '../../validation/node/runtime-class.js'
import { roundResources } from '../core/resource-list.js'

export const runtimeClassStrategy: Strategy = {
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  applyDefaults: (object) => roundResources((object as unknown as RuntimeClass).overhead?.podFixed),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  ...printed('RuntimeClass', runtimeClassRow),
}
