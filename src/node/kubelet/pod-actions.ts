/** The work behind a pod's actions: volumes, sandbox, starting and stopping containers, and removing every trace. */

import type { Node, Service } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { codeOf, messageOf } from '../../base/errors.js'
import type { Client } from '../../client/client.js'
import type { EventRecorder } from '../../client/events.js'
import { configMaps, persistentVolumeClaims, persistentVolumes, secrets } from '../../client/resources.js'
import type { Context } from '../../kernel/context.js'
import type { AddressPool } from '../network/ipam.js'
import { hostsFile, podHostname, resolvConf } from '../network/loopback.js'
import { parseImage } from '../runtime/images.js'
import type { Runtime } from '../runtime/runtime.js'
import type { KubeletConfig } from './config.js'
import { containerConfig, containerLabels, pullPolicy } from './container-config.js'
import { ConfigError, type EnvironmentSources } from './environment.js'
import type { ObjectCache } from './object-cache.js'
import { containerSpec, type PodAction, type PodEvent, type PodState } from './pod-state.js'
import { type Prober, runHandler } from './probes.js'
import type { TokenSource } from './tokens.js'
import { type VolumeSources, type Volumes, volumeContent } from './volumes.js'

/** What all pods of a kubelet share. */
export interface KubeletParts {
  readonly context: Context
  readonly config: KubeletConfig
  readonly client: Client
  readonly runtime: Runtime
  readonly volumes: Volumes
  readonly prober: Prober
  readonly recorder: EventRecorder
  readonly objects: ObjectCache
  readonly tokens: TokenSource
  readonly addresses: AddressPool
  readonly nodeIp: string
  node(): Node
  services(): readonly Service[]
}

/** What was prepared for a pod's containers. */
export interface PodGround {
  readonly volumePaths: Map<string, string>
}

const hookMinimumMs = 2_000

export function podDirectory({ config }: KubeletParts, { pod }: PodState): string {
  return `${config.directory}/pods/${pod.metadata.uid ?? ''}`
}

/** `<directory>/logs/<namespace>_<name>_<uid>`, as /var/log/pods has it. */
export function logDirectory({ config }: KubeletParts, { pod }: PodState): string {
  const { namespace = '', name, uid = '' } = pod.metadata
  return `${config.directory}/logs/${namespace}_${name}_${uid}`
}

export function logPath(parts: KubeletParts, state: PodState, container: string, attempt: number): string {
  return `${logDirectory(parts, state)}/${container}/${attempt}.log`
}

function sourcesOf(parts: KubeletParts, state: PodState): VolumeSources & EnvironmentSources {
  const { pod } = state
  const namespace = pod.metadata.namespace ?? ''
  return {
    pod,
    podIp: state.ip ?? '',
    hostIp: parts.nodeIp,
    services: parts.services(),
    masterNamespace: 'default',
    allocatable: parts.node().status?.allocatable ?? {},
    configMap: (name) => parts.objects.get(configMaps, namespace, name),
    secret: (name) => parts.objects.get(secrets, namespace, name),
    claim: (name) => parts.objects.get(persistentVolumeClaims, namespace, name),
    persistentVolume: (name) => parts.objects.get(persistentVolumes, '', name),
    token: (request) => parts.tokens.token(pod, request),
  }
}

/** Makes or refreshes every volume of the pod. */
export async function setUpVolumes(parts: KubeletParts, state: PodState, ground: PodGround): Promise<void> {
  const sources = sourcesOf(parts, state)
  for (const volume of state.pod.spec?.volumes ?? []) {
    try {
      const content = await volumeContent(volume, sources)
      const directory = `${podDirectory(parts, state)}/volumes/${volume.name}`
      ground.volumePaths.set(volume.name, await parts.volumes.setUp(directory, content))
    } catch (error) {
      throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`)
    }
  }
}

export async function runSandbox(parts: KubeletParts, state: PodState, attempt: number): Promise<{ id: string; ip: string }> {
  const { pod } = state
  const { config } = parts
  const hostNetwork = pod.spec?.hostNetwork ?? false
  const ip = hostNetwork ? parts.nodeIp : (state.ip ?? parts.addresses.allocate())
  if (ip === undefined) throw new Error(`no IP addresses available in range set: ${config.podCidr}`)
  if (!hostNetwork) parts.addresses.take(ip)
  const names = { clusterDns: config.clusterDns, clusterDomain: config.clusterDomain ?? 'cluster.local' }
  const directory = podDirectory(parts, state)
  const resolv = resolvConf(pod, names)
  try {
    if (!hostNetwork) await parts.volumes.writeFile(`${directory}/etc-hosts`, hostsFile(pod, ip, names))
    if (resolv !== undefined) await parts.volumes.writeFile(`${directory}/resolv.conf`, resolv)
    const id = await parts.runtime.runSandbox({
      node: config.node,
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
      attempt,
      hostNetwork,
      ip,
      hostname: hostNetwork ? config.node : podHostname(pod),
      ...(hostNetwork ? {} : { hostsFile: `${directory}/etc-hosts` }),
      ...(resolv === undefined ? {} : { resolvConfFile: `${directory}/resolv.conf` }),
      labels: containerLabels(pod, 'POD'),
    })
    return { id, ip }
  } catch (error) {
    if (!hostNetwork && state.ip !== ip) parts.addresses.release(ip)
    throw error
  }
}

type StartAction = Extract<PodAction, { type: 'start-container' }>

/** Pulls, creates and starts a container, then runs its postStart hook; what fails on the way is the event returned. */
export async function startContainer(
  parts: KubeletParts,
  state: PodState,
  ground: PodGround,
  { name, attempt }: StartAction,
  dispatch: (event: PodEvent) => void,
): Promise<PodEvent | undefined> {
  const { runtime } = parts
  const spec = containerSpec(state.pod, name)
  const failed = (reason: string, error: unknown): PodEvent => ({ type: 'container-failed', name, reason, message: messageOf(error) })
  if (!spec) return failed('CreateContainerConfigError', new Error(`container "${name}" is not in the pod's spec`))
  const image = spec.image ?? ''
  const say = (reason: string, message: string) => dispatchEvent(parts, state, name, reason, message)
  if (!parseImage(image))
    return failed(
      'InvalidImageName',
      new Error(`Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`),
    )
  let pulled: Awaited<ReturnType<Runtime['pullImage']>>
  try {
    const always = pullPolicy(spec) === 'Always'
    if (always) say('Pulling', `Pulling image "${image}"`)
    const before = parts.context.clock.monotonic()
    pulled = await runtime.pullImage(image, spec.command ?? [])
    const tookMs = Math.round(parts.context.clock.monotonic() - before)
    say(
      'Pulled',
      always
        ? `Successfully pulled image "${image}" in ${tookMs}ms (${tookMs}ms including waiting). Image size: ${pulled.sizeBytes} bytes.`
        : `Container image "${image}" already present on machine and can be accessed by the pod`,
    )
  } catch (error) {
    return failed(codeOf(error) === 'RuntimeDown' ? 'CreateContainerError' : 'ErrImagePull', error)
  }
  let id: string
  try {
    if (ground.volumePaths.size < (state.pod.spec?.volumes ?? []).length) await setUpVolumes(parts, state, ground)
    const config = await containerConfig(state.pod, spec, {
      attempt,
      logPath: logPath(parts, state, name, attempt),
      volumePaths: ground.volumePaths,
      volumes: parts.volumes,
      sources: sourcesOf(parts, state),
      imageUser: pulled.user,
    })
    id = await runtime.createContainer(state.sandboxId ?? '', config)
  } catch (error) {
    return failed(error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', error)
  }
  dispatch({ type: 'container-created', name, id, imageId: pulled.id })
  say('Created', 'Container created')
  await removeOldRuns(parts, state, name, id)
  const at = parts.context.clock.now()
  try {
    await runtime.startContainer(id)
  } catch (error) {
    const message = messageOf(error)
    return {
      type: 'container-failed',
      name,
      reason: 'RunContainerError',
      message,
      exit: { code: 128, reason: 'StartError', message, startedAt: 0, finishedAt: at, containerId: id },
    }
  }
  say('Started', 'Container started')
  const hook = spec.lifecycle?.postStart
  dispatch({ type: 'container-started', name, id, hook: hook !== undefined })
  if (!hook) return undefined
  if (hook.sleep) await sleep(parts.context.clock, hook.sleep.seconds * 1000, parts.context.signal).catch(() => {})
  const { ok, message } = await runHandler(hook, { container: spec, containerId: id, podIp: state.ip ?? '' }, parts, 0)
  return ok ? { type: 'hook-done', name, id } : { type: 'hook-failed', name, id, message: `PostStartHook failed: ${message}` }
}

/** Keeps the run before this one for its log and last state; older ones go (MaxPerPodContainer 1). */
async function removeOldRuns(parts: KubeletParts, state: PodState, name: string, current: string): Promise<void> {
  const { containers } = await parts.runtime.list()
  const old = containers
    .filter((each) => each.podUid === state.pod.metadata.uid && each.name === name && each.id !== current && each.state.type === 'exited')
    .sort((a, b) => b.attempt - a.attempt)
  for (const { id } of old.slice(1)) await parts.runtime.removeContainer(id)
}

function dispatchEvent(parts: KubeletParts, { pod, containers }: PodState, name: string, reason: string, message: string): void {
  const role = containers.find((record) => record.name === name)?.role
  const { metadata } = pod
  const list = role === 'main' ? 'containers' : role === 'ephemeral' ? 'ephemeralContainers' : 'initContainers'
  parts.recorder.event(
    {
      kind: 'Pod',
      apiVersion: 'v1',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      fieldPath: `spec.${list}{${name}}`,
    },
    'Normal',
    reason,
    message,
  )
}

/** preStop within the grace, then the stop signal, then KILL. */
export async function stopContainer(
  parts: KubeletParts,
  state: PodState,
  { name, id, graceMs, runPreStop }: Extract<PodAction, { type: 'stop-container' }>,
): Promise<void> {
  const spec = containerSpec(state.pod, name)
  const hook = runPreStop ? spec?.lifecycle?.preStop : undefined
  let leftMs = graceMs
  if (hook && spec && graceMs > 0) {
    const before = parts.context.clock.monotonic()
    const bound = new AbortController()
    const timer = parts.context.clock.after(graceMs, () => bound.abort())
    const ran = hook.sleep
      ? sleep(parts.context.clock, hook.sleep.seconds * 1000, bound.signal).then(
          () => ({ ok: true, message: '' }),
          () => ({ ok: true, message: '' }),
        )
      : runHandler(hook, { container: spec, containerId: id, podIp: state.ip ?? '' }, parts, graceMs)
    const { ok, message } = await ran
    timer.cancel()
    if (!ok)
      parts.recorder.event(
        {
          kind: 'Pod',
          apiVersion: 'v1',
          namespace: state.pod.metadata.namespace ?? '',
          name: state.pod.metadata.name,
          uid: state.pod.metadata.uid ?? '',
        },
        'Warning',
        'FailedPreStopHook',
        `PreStopHook failed: ${message}`,
      )
    leftMs = Math.max(hookMinimumMs, graceMs - (parts.context.clock.monotonic() - before))
  }
  await parts.runtime.stopContainer(id, leftMs)
}

/** Ends the sandbox and gives back its address; containers and logs stay to be looked at. */
export async function cleanUp(parts: KubeletParts, state: PodState): Promise<void> {
  if (state.sandboxId) await parts.runtime.stopSandbox(state.sandboxId)
  if (state.ip && !state.pod.spec?.hostNetwork) parts.addresses.release(state.ip)
  await parts.volumes.remove(podDirectory(parts, state))
  parts.tokens.forget(state.pod.metadata.uid ?? '')
}

/** Nothing of the pod remains on this node. */
export async function removeTraces(parts: KubeletParts, state: PodState): Promise<void> {
  const { sandboxes } = await parts.runtime.list()
  for (const { id, config } of sandboxes) if (config.uid === state.pod.metadata.uid) await parts.runtime.removeSandbox(id)
  await parts.runtime.removeLogs(logDirectory(parts, state))
}
