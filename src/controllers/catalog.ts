/**
 * The controllers by name, each loaded when asked for, so that a thread holds the code of one. Names are upstream's
 * (cmd/kube-controller-manager/names), and so are the users they act as; README.md says which ClusterRole
 * belongs to which.
 */
import { CodedError } from '../base/errors.js'
import type { Controller } from './framework/controller.js'

const loaders = {
  'serviceaccount-token-controller': async () => (await import('./serviceaccount-token/controller.js')).serviceAccountTokenController,
  'root-ca-certificate-publisher-controller': async () =>
    (await import('./root-ca-certificate-publisher/controller.js')).rootCaCertificatePublisherController,
  'serviceaccount-controller': async () => (await import('./serviceaccount/controller.js')).serviceAccountController,
  'namespace-controller': async () => (await import('./namespace/controller.js')).namespaceController,
  'garbage-collector-controller': async () => (await import('./garbage-collector/controller.js')).garbageCollectorController,
  'node-lifecycle-controller': async () => (await import('./node-lifecycle/controller.js')).nodeLifecycleController,
  'taint-eviction-controller': async () => (await import('./taint-eviction/controller.js')).taintEvictionController,
  'deployment-controller': async () => (await import('./deployment/controller.js')).deploymentController,
  'replicaset-controller': async () => (await import('./replicaset/controller.js')).replicaSetController,
  'job-controller': async () => (await import('./job/controller.js')).jobController,
  'endpoints-controller': async () => (await import('./endpoints/controller.js')).endpointsController,
  'endpointslice-controller': async () => (await import('./endpointslice/controller.js')).endpointSliceController,
} satisfies Record<string, () => Promise<Controller>>

export type ControllerName = keyof typeof loaders

/** All names, in the order in which they are best started. */
export const controllerNames = Object.keys(loaders) as readonly ControllerName[]

const loaded = new Map<ControllerName, Controller>()

/** Loads a controller's module; from then on loadedController() has it. */
export async function loadController(name: ControllerName): Promise<Controller> {
  const load = loaders[name] as (() => Promise<Controller>) | undefined
  if (!load) throw new CodedError('UnknownController', `Cannot start controller "${name}": no such controller`)
  const controller = await load()
  loaded.set(name, controller)
  return controller
}

/** A controller whose module is here already; the simulator loads all before its clock starts. */
export function loadedController(name: ControllerName): Controller | undefined {
  return loaded.get(name)
}
