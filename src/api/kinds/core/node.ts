/** Node: pkg/registry/core/node/strategy.go and SetDefaults_NodeStatus. A node may be created with its status. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { nodeRow } from '../../printers/cluster.js'
import type { Node, NodeSpec } from '../../types/core-v1.js'
import { validateNode, validateNodeUpdate } from '../../validation/core/node.js'
import { roundResources } from './resource-list.js'

export const nodeStrategy: Strategy = {
  applyDefaults,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeUpdate,
  prepareForCreate: () => {},
  selectableFields: { 'spec.unschedulable': (object) => String((object as Node).spec?.unschedulable ?? false) },
  ...printed('Node', nodeRow),
}

function applyDefaults(object: KubeObject): void {
  const { spec, status } = object as Node
  if (spec) normalizePodCidrs(spec)
  if (!status) return
  if (!status.allocatable && status.capacity) status.allocatable = { ...status.capacity }
  roundResources(status.capacity)
  roundResources(status.allocatable)
}

/** podCIDR is the first of podCIDRs (Convert_v1_NodeSpec_To_core_NodeSpec). */
function normalizePodCidrs(spec: NodeSpec): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
}
