/** ConfigMap: pkg/registry/core/configmap/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { configMapRow } from '../../printers/cluster.js'

export const configMapStrategy: Strategy = { ...printed('ConfigMap', configMapRow) }
