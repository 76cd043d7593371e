/**
 * The in-tree plugins in the order of kube-scheduler's default profile, with the weights of their scores
 * (apis/config/v1/default_plugins.go). Those about volumes and devices are not among them yet.
 */
import type { PluginFactory } from '../framework/plugin.js'
import { defaultBinder } from './default-binder.js'
import { defaultPreemption } from './default-preemption.js'
import { imageLocality } from './image-locality.js'
import { interPodAffinity } from './inter-pod-affinity.js'
import { nodeAffinity } from './node-affinity.js'
import { nodeName } from './node-name.js'
import { nodePorts } from './node-ports.js'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.js'
import { nodeResourcesFit } from './node-resources-fit.js'
import { nodeUnschedulable } from './node-unschedulable.js'
import { prioritySort } from './priority-sort.js'
import { schedulingGates } from './scheduling-gates.js'
import { taintToleration } from './taint-toleration.js'
import { topologySpread } from './topology-spread.js'

export interface CataloguedPlugin {
  readonly factory: PluginFactory
  readonly weight: number
}

const plugins = {
  SchedulingGates: { factory: schedulingGates, weight: 1 },
  PrioritySort: { factory: prioritySort, weight: 1 },
  NodeUnschedulable: { factory: nodeUnschedulable, weight: 1 },
  NodeName: { factory: nodeName, weight: 1 },
  TaintToleration: { factory: taintToleration, weight: 3 },
  NodeAffinity: { factory: nodeAffinity, weight: 2 },
  NodePorts: { factory: nodePorts, weight: 1 },
  NodeResourcesFit: { factory: nodeResourcesFit, weight: 1 },
  PodTopologySpread: { factory: topologySpread, weight: 2 },
  InterPodAffinity: { factory: interPodAffinity, weight: 2 },
  DefaultPreemption: { factory: defaultPreemption, weight: 1 },
  NodeResourcesBalancedAllocation: { factory: nodeResourcesBalancedAllocation, weight: 1 },
  ImageLocality: { factory: imageLocality, weight: 1 },
  DefaultBinder: { factory: defaultBinder, weight: 1 },
} as const satisfies Record<string, CataloguedPlugin>

export type PluginName = keyof typeof plugins

/** By name, in the order in which they are asked. */
export const pluginCatalog: Readonly<Record<PluginName, CataloguedPlugin>> = plugins
