/** ConfigMap: pkg/registry/core/configmap/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { configMapRow } from '../../printers/cluster.js'
import { validateConfigMap, validateConfigMapUpdate } from '../../validation/core/data.js'

export const configMapStrategy: Strategy = {
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
  ...printed('ConfigMap', configMapRow),
}
