/** From a container's spec to what the runtime is asked to run: command, environment, mounts and security. */
import { Quantity } from '../../api/meta/quantity.js'
import type { Container, Pod } from '../../api/types/core-v1.js'
import { networkEnvironment } from '../network/loopback.js'
import { parseImage } from '../runtime/images.js'
import type { ContainerConfig, ContainerSecurity, Mount } from '../runtime/runtime.js'
import { ConfigError, type EnvironmentSources, environmentOf, expand } from './environment.js'
import { formatPod } from './pod-state.js'
import type { Volumes } from './volumes.js'

export interface ContainerParts {
  readonly attempt: number
  readonly logPath: string
  /** Host path of each volume of the pod, by name. */
  readonly volumePaths: ReadonlyMap<string, string>
  readonly volumes: Volumes
  readonly sources: EnvironmentSources
  /** The user the image runs as. */
  readonly imageUser: number
}

/** Labels that tie a container to its pod, as upstream's (pkg/kubelet/types/labels.go), and what the pod asks of a simulated runtime. */
export function containerLabels(pod: Pod, container: string): Record<string, string> {
  return {
    'io.kubernetes.pod.name': pod.metadata.name,
    'io.kubernetes.pod.namespace': pod.metadata.namespace ?? '',
    'io.kubernetes.pod.uid': pod.metadata.uid ?? '',
    'io.kubernetes.container.name': container,
    ...Object.fromEntries(Object.entries(pod.metadata.annotations ?? {}).filter(([key]) => key.startsWith('troupe.dev/'))),
  }
}

/** Throws ConfigError when the spec cannot be carried out. */
export async function containerConfig(pod: Pod, container: Container, parts: ContainerParts): Promise<ContainerConfig> {
  const security = securityOf(pod, container)
  checkNonRoot(pod, container, security, parts.imageUser)
  const declared = await environmentOf(container, parts.sources)
  const given = new Set(declared.map(({ name }) => name))
  const env = [...declared, ...networkEnvironment(parts.sources.podIp).filter(({ name }) => !given.has(name))]
  const values = new Map(env.map(({ name, value }) => [name, value]))
  const memory = container.resources?.limits?.['memory']
  return {
    name: container.name,
    attempt: parts.attempt,
    image: container.image ?? '',
    command: (container.command ?? []).map((text) => expand(text, values)),
    args: (container.args ?? []).map((text) => expand(text, values)),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env,
    mounts: await mountsOf(container, parts, values),
    logPath: parts.logPath,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy === 'FallbackToLogsOnError' ? 'FallbackToLogsOnError' : 'File',
    ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
    ...(memory && memory !== '0' ? { memoryLimitBytes: Number(Quantity.parse(memory).value()) } : {}),
    security,
    labels: containerLabels(pod, container.name),
  }
}

async function mountsOf(container: Container, parts: ContainerParts, values: ReadonlyMap<string, string>): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const { name, mountPath, readOnly, subPath, subPathExpr } of container.volumeMounts ?? []) {
    const volume = parts.volumePaths.get(name)
    if (volume === undefined) throw new ConfigError(`cannot find volume "${name}" to mount into container "${container.name}"`)
    const below = subPathExpr ? expand(subPathExpr, values) : subPath
    if (below !== undefined && /\$\(/.test(subPathExpr ?? '') && /\$\([^)]*\)/.test(below))
      throw new ConfigError(`failed to expand subPathExpr "${subPathExpr}"`)
    mounts.push({
      hostPath: below ? await parts.volumes.subPath(volume, below) : volume,
      containerPath: mountPath,
      readOnly: readOnly ?? false,
    })
  }
  return mounts
}

/** The container's security context over the pod's. */
export function securityOf(pod: Pod, container: Container): ContainerSecurity {
  const [of, over] = [pod.spec?.securityContext ?? {}, container.securityContext ?? {}]
  const user = over.runAsUser ?? of.runAsUser
  const group = over.runAsGroup ?? of.runAsGroup
  const groups = [...(of.supplementalGroups ?? []), ...(of.fsGroup === undefined ? [] : [of.fsGroup])]
  return {
    ...(user === undefined ? {} : { runAsUser: user }),
    ...(group === undefined ? {} : { runAsGroup: group }),
    supplementalGroups: groups,
    privileged: over.privileged ?? false,
    readOnlyRootFilesystem: over.readOnlyRootFilesystem ?? false,
    noNewPrivileges: over.allowPrivilegeEscalation === false && !over.privileged,
    addCapabilities: over.capabilities?.add ?? [],
    dropCapabilities: over.capabilities?.drop ?? [],
  }
}

/** pkg/kubelet/kuberuntime/security_context.go verifyRunAsNonRoot. */
function checkNonRoot(pod: Pod, container: Container, { runAsUser }: ContainerSecurity, imageUser: number): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot
  if (!nonRoot) return
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`
  if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
  if (runAsUser === undefined && imageUser === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
}

/** The policy an image is pulled by: Always for :latest or no tag. */
export function pullPolicy({ image = '', imagePullPolicy }: Container): string {
  return imagePullPolicy ?? (parseImage(image)?.tag === 'latest' ? 'Always' : 'IfNotPresent')
}
