/**
 * What a kubelet knows of one pod, the events that change it, and the actions that follow. Plain data, so that a test, the
 * simulator and an inspector read it as it is. Read next: pod-lifecycle.ts.
 */
import type { Container, EphemeralContainer, Pod } from '../../api/types/core-v1.js'

/** main: spec.containers. sidecar: an init container with restartPolicy Always (KEP-753). */
export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral'

/** How a container's run ended. Times are milliseconds since the epoch. */
export interface Termination {
  readonly code: number
  readonly signal?: number
  readonly reason: string
  readonly message: string
  readonly startedAt: number
  readonly finishedAt: number
  readonly containerId: string
}

export interface ContainerRecord {
  readonly name: string
  readonly role: ContainerRole
  /**
   * waiting   not there: never started, or to be started again at retryAt
   * starting  a start action is under way
   * running   stopping: running, and a stop action is under way
   * exited    ended, and nothing has been decided yet or nothing is to follow
   */
  phase: 'waiting' | 'starting' | 'running' | 'stopping' | 'exited'
  /** Why it waits, as its status says; undefined: ContainerCreating or PodInitializing. */
  waiting?: { readonly reason: string; readonly message: string } | undefined
  /** Of the current or last run. */
  id?: string
  imageId?: string
  startedAt?: number
  exit?: Termination | undefined
  last?: Termination | undefined
  restartCount: number
  /** Whether it was started at all since its sandbox was made. */
  everStarted: boolean
  /** Startup probe passed and postStart done. */
  started: boolean
  /** The readiness probe's verdict; true without one. */
  ready: boolean
  hookPending: boolean
  /** Restart it when it has exited, whatever its exit code: a probe or a changed image took it down. */
  restartAnyway: boolean
  /** The image it was last started with. */
  image: string
  /** Crash back-off: the delay before the next restart, 0 for at once. */
  backoffMs: number
  lastRestartAt: number
  retryAt: number
  pullBackoffMs: number
  /** When ErrImagePull becomes ImagePullBackOff; 0: not pending. */
  pullBackoffShownAt: number
}

export interface Ending {
  readonly type: 'deleted' | 'failed'
  /** status.reason and message of a pod that is made to fail. */
  readonly reason: string
  readonly message: string
  graceMs: number
  readonly since: number
}

export interface PodState {
  pod: Pod
  readonly createdAt: number
  /** When the kubelet took the pod on: status.startTime. */
  startedAt: number
  volumes: 'none' | 'pending' | 'ready' | 'failed'
  volumesRetryAt: number
  sandbox: 'none' | 'pending' | 'ready' | 'stopped'
  sandboxId?: string | undefined
  sandboxAttempt: number
  sandboxRetryAt: number
  ip?: string | undefined
  containers: ContainerRecord[]
  /** All init containers are done; not taken back while the sandbox lives. */
  initialized: boolean
  rejected?: { readonly reason: string; readonly message: string }
  ending?: Ending
  /** Set when the pod has reached its end; nothing is started any more. */
  terminal?: { readonly phase: 'Succeeded' | 'Failed'; readonly reason: string; readonly message: string }
  /** none -> pending -> done: sandbox stopped, volumes taken down. */
  cleanup: 'none' | 'pending' | 'done'
  /** The object is being deleted by us; gone: it is deleted. */
  deleting: boolean
  gone: boolean
}

export type PodEvent =
  | { readonly type: 'spec'; readonly pod: Pod }
  /** The object is gone from the API. */
  | { readonly type: 'gone' }
  | { readonly type: 'rejected'; readonly reason: string; readonly message: string }
  /** Made to fail by the kubelet: eviction. */
  | { readonly type: 'fail'; readonly reason: string; readonly message: string; readonly graceMs?: number }
  | { readonly type: 'volumes-ready' }
  | { readonly type: 'volumes-failed'; readonly message: string }
  | { readonly type: 'sandbox-ready'; readonly id: string; readonly ip: string }
  | { readonly type: 'sandbox-failed'; readonly message: string }
  /** The runtime no longer knows the sandbox or its containers. */
  | { readonly type: 'sandbox-lost' }
  | { readonly type: 'container-created'; readonly name: string; readonly id: string; readonly imageId: string }
  | { readonly type: 'container-started'; readonly name: string; readonly id: string; readonly hook: boolean }
  | {
      readonly type: 'container-failed'
      readonly name: string
      readonly reason: string
      readonly message: string
      readonly exit?: Termination
    }
  | { readonly type: 'container-exited'; readonly id: string; readonly exit: Termination }
  | { readonly type: 'hook-done'; readonly name: string; readonly id: string }
  | { readonly type: 'hook-failed'; readonly name: string; readonly id: string; readonly message: string }
  | {
      readonly type: 'probe'
      readonly name: string
      readonly id: string
      readonly probe: 'startup' | 'liveness' | 'readiness'
      readonly healthy: boolean
    }
  | { readonly type: 'cleaned' }
  | { readonly type: 'timer' }

export type PodAction =
  | { readonly type: 'set-up-volumes' }
  | { readonly type: 'run-sandbox'; readonly attempt: number }
  | { readonly type: 'start-container'; readonly name: string; readonly attempt: number }
  | { readonly type: 'stop-container'; readonly name: string; readonly id: string; readonly graceMs: number; readonly runPreStop: boolean }
  | { readonly type: 'clean-up' }
  | { readonly type: 'delete-object' }
  | { readonly type: 'forget' }
  | {
      readonly type: 'event'
      readonly level: 'Normal' | 'Warning'
      readonly reason: string
      readonly message: string
      readonly container?: string
    }
  /** Come back with a timer event then. */
  | { readonly type: 'wake'; readonly at: number }

/** The state of a pod that was just bound to this node. */
export function newPodState(pod: Pod, now: number): PodState {
  return {
    pod,
    createdAt: now,
    startedAt: now,
    volumes: 'none',
    volumesRetryAt: 0,
    sandbox: 'none',
    sandboxAttempt: 0,
    sandboxRetryAt: 0,
    containers: recordsOf(pod, []),
    initialized: !(pod.spec?.initContainers ?? []).length,
    cleanup: 'none',
    deleting: false,
    gone: false,
  }
}

/** The records of a pod's containers in the order init, main, ephemeral; known ones are kept. */
export function recordsOf(pod: Pod, known: readonly ContainerRecord[]): ContainerRecord[] {
  const make =
    (role: ContainerRole) =>
    ({ name, image }: Container | EphemeralContainer): ContainerRecord =>
      known.find((record) => record.name === name) ?? {
        name,
        role,
        phase: 'waiting',
        restartCount: 0,
        everStarted: false,
        started: false,
        ready: false,
        hookPending: false,
        restartAnyway: false,
        image: image ?? '',
        backoffMs: 0,
        lastRestartAt: 0,
        retryAt: 0,
        pullBackoffMs: 0,
        pullBackoffShownAt: 0,
      }
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  return [
    ...initContainers.map((container) => make(container.restartPolicy === 'Always' ? 'sidecar' : 'init')(container)),
    ...containers.map(make('main')),
    ...ephemeralContainers.map(make('ephemeral')),
  ]
}

/** The spec of a container by name, wherever in the pod it is. */
export function containerSpec(pod: Pod, name: string): Container | undefined {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  return [...initContainers, ...containers, ...(ephemeralContainers as Container[])].find((container) => container.name === name)
}

/** `name_namespace(uid)`: how the kubelet's messages name a pod (format.Pod). */
export function formatPod({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace ?? ''}(${metadata.uid ?? ''})`
}
