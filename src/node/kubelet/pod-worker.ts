/**
 * Carries out what pod-lifecycle.ts decides for one pod and reports back what became of it. All work runs beside the
 * state machine, which is told of results as events, so a slow image or a hanging hook holds up nothing else.
 *
 * Read next: pod-actions.ts (the work itself), status-sync.ts (the pod's status in the API).
 */

import type { Pod } from '../../api/types/core-v1.js'
import { unreachable } from '../../base/assert.js'
import type { Timer } from '../../base/clock.js'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Container, RuntimeState } from '../runtime/runtime.js'
import {
  cleanUp,
  type KubeletParts,
  type PodGround,
  removeTraces,
  runSandbox,
  setUpVolumes,
  startContainer,
  stopContainer,
} from './pod-actions.js'
import { adopt } from './pod-adoption.js'
import { advance } from './pod-lifecycle.js'
import { containerSpec, newPodState, type PodAction, type PodEvent, type PodState } from './pod-state.js'
import { type ProbeLoop, runProbe, startProbeLoop } from './probes.js'
import { podStatus } from './status.js'
import { createStatusSync } from './status-sync.js'

export interface PodWorker {
  readonly uid: string
  /** To be read, not changed. */
  readonly state: PodState
  dispatch(event: PodEvent): void
  /** What the runtime has now: what is missing is lost, what has exited has exited. */
  reconcile(found: RuntimeState): void
  /** Brings volumes made of API objects up to date. */
  refreshVolumes(): Promise<void>
  /** Stops timers and probes; containers are left alone. */
  stop(): void
}

export interface PodWorkerOptions {
  readonly parts: KubeletParts
  readonly pod: Pod
  /** What the runtime had of this pod when the worker was made. */
  readonly found: RuntimeState
  /** The pod is over and its traces are gone. */
  readonly forgotten: () => void
}

export function createPodWorker({ parts, pod, found, forgotten }: PodWorkerOptions): PodWorker {
  const { context } = parts
  const { clock } = context
  const state = newPodState(pod, clock.now())
  const ground: PodGround = { volumePaths: new Map() }
  const probes = new Map<string, { readonly id: string; readonly loops: Map<string, ProbeLoop> }>()
  const sync = createStatusSync(parts, () => state.pod)
  let timer: Timer | undefined
  let wakeAt = Number.POSITIVE_INFINITY
  let stopped = false
  let shown = pod.status ?? {}

  function dispatch(event: PodEvent): void {
    if (stopped) return
    const now = clock.now()
    const actions = advance(state, event, now)
    wakeAt = Number.POSITIVE_INFINITY
    // Before the actions: a deletion among them waits for the last status to be sent.
    shown = podStatus(state, parts.nodeIp, now, shown)
    sync.push(shown)
    for (const action of actions) carryOut(action)
    if (stopped) return
    setTimer(now)
    tendProbes()
  }
  function setTimer(now: number): void {
    timer?.cancel()
    if (wakeAt < Number.POSITIVE_INFINITY && !stopped) timer = clock.after(Math.max(1, wakeAt - now), () => dispatch({ type: 'timer' }))
  }
  /** Runs work whose failure is an event, and lets the state machine go on. */
  function work(run: () => Promise<PodEvent | undefined>, failed: (message: string) => PodEvent | undefined): void {
    run()
      .catch((error: unknown) => failed(messageOf(error)))
      .then((event) => event && dispatch(event))
      .catch((error: unknown) => context.crash(error))
  }
  function carryOut(action: PodAction): void {
    switch (action.type) {
      case 'set-up-volumes':
        return work(
          () => setUpVolumes(parts, state, ground).then(() => ({ type: 'volumes-ready' })),
          (message) => ({ type: 'volumes-failed', message }),
        )
      case 'run-sandbox':
        return work(
          async () => ({ type: 'sandbox-ready', ...(await runSandbox(parts, state, action.attempt)) }),
          (message) => ({ type: 'sandbox-failed', message }),
        )
      case 'start-container':
        return work(
          () => startContainer(parts, state, ground, action, dispatch),
          (message) => ({ type: 'container-failed', name: action.name, reason: 'CreateContainerError', message }),
        )
      case 'stop-container':
        return work(
          () => stopContainer(parts, state, action).then(() => undefined),
          (message) => lostContainer(action.id, message),
        )
      case 'clean-up':
        return work(
          () => retry(() => cleanUp(parts, state)).then(() => ({ type: 'cleaned' })),
          () => undefined,
        )
      case 'delete-object':
        // What it waits for now is the informer's word that the object is gone: finalizers may hold it.
        return work(
          () => retry(() => sync.deleteObject()).then(() => undefined),
          () => undefined,
        )
      case 'forget':
        return forget()
      case 'event':
        return parts.recorder.event(
          action.container ? { ...podReference(state.pod), fieldPath: fieldPathOf(state, action.container) } : podReference(state.pod),
          action.level,
          action.reason,
          action.message,
        )
      case 'wake':
        wakeAt = Math.min(wakeAt, action.at)
        return
      default:
        unreachable(action)
    }
  }
  /** A stop that failed: the runtime is away (reconcile() follows), or has no such container. */
  function lostContainer(id: string, message: string): PodEvent | undefined {
    const record = state.containers.find((each) => each.id === id)
    if (record?.phase !== 'stopping') return undefined
    const now = clock.now()
    return {
      type: 'container-exited',
      id,
      exit: { code: 137, reason: 'ContainerStatusUnknown', message, startedAt: record.startedAt ?? now, finishedAt: now, containerId: id },
    }
  }
  async function retry(run: () => Promise<void>): Promise<void> {
    for (let delayMs = 50; !stopped; delayMs = Math.min(delayMs * 2, 5_000))
      try {
        return await run()
      } catch (error) {
        context.log.debug('pod action failed', { pod: state.pod.metadata.name, error: messageOf(error) })
        await new Promise<void>((resolve) => clock.after(delayMs, resolve))
      }
  }
  function forget(): void {
    stop()
    const done = () => {
      forgotten()
      return undefined
    }
    work(() => removeTraces(parts, state).then(done), done)
  }
  function stop(): void {
    stopped = true
    timer?.cancel()
    for (const { loops } of probes.values()) for (const loop of loops.values()) loop.cancel()
    probes.clear()
  }

  /** Probes run for containers that run: startup first, then the others. */
  function tendProbes(): void {
    for (const record of state.containers) {
      const spec = containerSpec(state.pod, record.name)
      const active = probes.get(record.name)
      if (record.phase !== 'running' || active?.id !== record.id) {
        for (const loop of active?.loops.values() ?? []) loop.cancel()
        probes.delete(record.name)
      }
      if (record.phase !== 'running' || !record.id || !spec || record.hookPending) continue
      const id = record.id
      const loops = probes.get(record.name)?.loops ?? new Map<string, ProbeLoop>()
      probes.set(record.name, { id, loops })
      const wanted = {
        startup: record.started ? undefined : spec.startupProbe,
        liveness: record.started ? spec.livenessProbe : undefined,
        readiness: record.started ? spec.readinessProbe : undefined,
      }
      for (const kind of ['startup', 'liveness', 'readiness'] as const) {
        const probe = wanted[kind]
        if (!probe) {
          loops.get(kind)?.cancel()
          loops.delete(kind)
        } else if (!loops.has(kind)) {
          const target = { container: spec, containerId: id, podIp: state.ip ?? parts.nodeIp }
          loops.set(
            kind,
            startProbeLoop({
              clock,
              probe,
              ask: () => runProbe(probe, target, parts),
              verdict(healthy) {
                if (kind === 'readiness' && state.containers.find(({ name }) => name === record.name)?.ready === healthy) return
                if (kind === 'liveness' && healthy) return
                dispatch({ type: 'probe', name: record.name, id, probe: kind, healthy })
              },
              failed: (message) =>
                parts.recorder.event(
                  { ...podReference(state.pod), fieldPath: fieldPathOf(state, record.name) },
                  'Warning',
                  'Unhealthy',
                  `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe failed: ${message}`,
                ),
            }),
          )
        }
      }
    }
  }

  function reconcile(now: RuntimeState): void {
    const own = now.containers.filter(({ podUid }) => podUid === pod.metadata.uid)
    if (state.sandbox === 'ready' && !now.sandboxes.some(({ id, ready }) => id === state.sandboxId && ready))
      return dispatch({ type: 'sandbox-lost' })
    for (const container of own) dispatchExit(container)
  }
  function dispatchExit(container: Container): void {
    if (container.state.type !== 'exited' || container.state.reason === 'StartError') return
    const { type: _, ...exit } = container.state
    dispatch({ type: 'container-exited', id: container.id, exit: { ...exit, containerId: container.id } })
  }

  adopt(state, found, parts.addresses)
  return {
    uid: pod.metadata.uid ?? '',
    state,
    dispatch,
    reconcile,
    async refreshVolumes() {
      if (state.volumes !== 'ready' || state.terminal || state.ending || stopped) return
      await setUpVolumes(parts, state, ground).catch((error: unknown) =>
        context.log.debug('volumes not refreshed', { pod: pod.metadata.name, error: messageOf(error) }),
      )
    },
    stop,
  }
}

/** The ObjectReference of a pod's events. */
export function podReference({ metadata }: Pod) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
  }
}

function fieldPathOf(state: PodState, name: string): string {
  const role = state.containers.find((record) => record.name === name)?.role
  return `spec.${role === 'main' ? 'containers' : role === 'ephemeral' ? 'ephemeralContainers' : 'initContainers'}{${name}}`
}

/** The error to throw at a client that asks for something this pod does not have. */
export function badRequest(message: string): CodedError {
  return new CodedError('BadRequest', message, { details: { message } })
}
