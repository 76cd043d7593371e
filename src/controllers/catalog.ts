/**
 * The controllers by name, each loaded when asked for, so that a thread holds the code of one. Names are upstream's
 * (cmd/kube-controller-manager/names), and so are the users they act as; docs/internals/controllers.md says which
 * ClusterRole belongs to which.
 */
import { CodedError } from '../base/errors.js'
import type { Controller } from './framework/controller.js'

const loaders = {
  'deployment-controller': async () => (await import('./deployment/controller.js')).deploymentController,
  'replicaset-controller': async () => (await import('./replicaset/controller.js')).replicaSetController,
  'job-controller': async () => (await import('./job/controller.js')).jobController,
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
