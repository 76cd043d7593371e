/** Containers: main, init (and sidecars among them), ephemeral. */
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
} from '../../types/core-v1.js'
import { demanded, demandedOneOf, each, judged, oneOf, portNumber, same } from '../checks.js'
import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalid,
  notFoundValue,
  notSupported,
  required,
  tooLong,
} from '../field-path.js'
import { isDns1123Label, isPortName } from '../names.js'
import { envFrom, envVars } from './env.js'
import { lifecycle, probes } from './handlers.js'
import type { PodRules } from './pod-rules.js'
import { containerResources } from './resources.js'
import { containerSecurity } from './security-context.js'
import { volumeDevices, volumeMounts } from './volume-mounts.js'
import { type KnownVolumes, pullPolicies } from './volumes.js'

/** The Pod around the containers. */
export interface Surroundings {
  readonly spec: PodSpec
  readonly volumes: KnownVolumes
  readonly claims: ReadonlySet<string>
  readonly rules: PodRules
}

export const protocols = ['SCTP', 'TCP', 'UDP']

export function mainContainers(path: FieldPath, around: Surroundings): FieldError[] {
  const { containers, terminationGracePeriodSeconds: grace, os } = around.spec
  if (!containers?.length) return [required(path)]
  const names = new Set<string>()
  const errors = each(containers, path, (container, at) => {
    const found = anyContainer(container, at, around)
    if (names.has(container.name ?? '')) found.push(duplicate(at.child('name'), container.name ?? ''))
    names.add(container.name ?? '')
    return [
      ...found,
      ...lifecycle(container.lifecycle, at.child('lifecycle'), grace, os),
      ...probes(container, at, grace),
      ...restartPolicy(container, at),
    ]
  })
  return [...errors, ...hostPorts(containers, path)]
}

export function initContainers(path: FieldPath, around: Surroundings): FieldError[] {
  const { containers, initContainers: list, terminationGracePeriodSeconds: grace, os } = around.spec
  const names = new Set((containers ?? []).map(({ name }) => name ?? ''))
  return each(list, path, (container, at) => {
    const errors = anyContainer(container, at, around)
    const sidecar = container.restartPolicy === 'Always'
    if (sidecar && container.restartPolicyRules?.length)
      errors.push(
        forbiddenField(at.child('restartPolicyRules'), 'restartPolicyRules are not allowed for init containers with restart policy Always'),
      )
    else if (!sidecar && container.restartPolicy !== undefined) errors.push(...restartPolicy(container, at))
    if (names.has(container.name ?? '')) errors.push(duplicate(at.child('name'), container.name ?? ''))
    else if (container.name) names.add(container.name)
    // Upstream points at the first init container, whichever it is.
    errors.push(...hostPorts([container], path))
    if (sidecar) return [...errors, ...lifecycle(container.lifecycle, at.child('lifecycle'), grace, os), ...probes(container, at, grace)]
    const refused = (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter((name) => container[name])
    return [
      ...errors,
      ...refused.map((name) => forbiddenField(at.child(name), 'may not be set for init containers without restartPolicy=Always')),
    ]
  })
}

/** The fields of a container that ephemeral ones may not have, in Go's order. */
const notEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const

export function ephemeralContainers(path: FieldPath, around: Surroundings): FieldError[] {
  const { containers, initContainers: inits, ephemeralContainers: list } = around.spec
  const others = new Set([...(containers ?? []), ...(inits ?? [])].map(({ name }) => name ?? ''))
  const names = new Set(others)
  return each(list, path, (container, at) => {
    const { name = '', targetContainerName: target } = container
    const errors = [...anyContainer(container, at, around), ...untrimmedImage(container, at)]
    if (names.has(name)) errors.push(duplicate(at.child('name'), name))
    names.add(name)
    if (target && !others.has(target)) errors.push(notFoundValue(at.child('targetContainerName'), target))
    for (const field of notEphemeral)
      if (!same(container[field], undefined)) errors.push(forbiddenField(at.child(field), 'cannot be set for an Ephemeral Container'))
    const mounts = each(container.volumeMounts, at.child('volumeMounts'), (mount, place) =>
      (['subPath', 'subPathExpr'] as const)
        .filter((part) => mount[part])
        .map((part) => forbiddenField(place.child(part), 'cannot be set for an Ephemeral Container')),
    )
    return [...errors, ...mounts]
  })
}

function anyContainer(
  container: Container | EphemeralContainer,
  path: FieldPath,
  { spec, volumes, claims, rules }: Surroundings,
): FieldError[] {
  const resizable = spec.restartPolicy
  return [
    ...demanded(container.name, path.child('name'), isDns1123Label),
    ...demanded(container.image, path.child('image')),
    ...demandedOneOf(container.terminationMessagePolicy, path.child('terminationMessagePolicy'), ['File', 'FallbackToLogsOnError']),
    ...ports(container.ports, path.child('ports')),
    ...envVars(container.env, path.child('env')),
    ...envFrom(container.envFrom, path.child('envFrom')),
    ...volumeMounts(container, path.child('volumeMounts'), volumes),
    ...volumeDevices(container, path.child('volumeDevices'), volumes),
    ...demandedOneOf(container.imagePullPolicy, path.child('imagePullPolicy'), pullPolicies),
    ...containerResources(container.resources ?? {}, path.child('resources'), { claims, partialHugePages: rules.partialHugePages }),
    ...resizePolicy(container.resizePolicy, path.child('resizePolicy'), resizable),
    ...containerSecurity(container.securityContext, path.child('securityContext'), spec.hostUsers !== false),
  ]
}

/** Pods, but not templates, must not have an image padded with white space. */
export const untrimmedImage = ({ image = '' }: { readonly image?: string | undefined }, path: FieldPath): FieldError[] =>
  image.trim() === image ? [] : [invalid(path.child('image'), image, 'must not have leading or trailing whitespace')]

function ports(list: readonly ContainerPort[] | undefined, path: FieldPath): FieldError[] {
  const names = new Set<string>()
  return each(list, path, ({ name, containerPort, hostPort, protocol }, at) => {
    const errors = name ? judged(name, at.child('name'), isPortName) : []
    if (name && errors.length === 0) {
      if (names.has(name)) errors.push(duplicate(at.child('name'), name))
      names.add(name)
    }
    return [
      ...errors,
      ...(containerPort ? portNumber(containerPort, at.child('containerPort')) : [required(at.child('containerPort'))]),
      ...(hostPort ? portNumber(hostPort, at.child('hostPort')) : []),
      ...demandedOneOf(protocol, at.child('protocol'), protocols),
    ]
  })
}

/** A port of the node can be had once. */
function hostPorts(containers: readonly Container[], path: FieldPath): FieldError[] {
  const taken = new Set<string>()
  return each(containers, path, (container, at) =>
    each(container.ports, at.child('ports'), ({ protocol, hostIP = '', hostPort }, place) => {
      if (!hostPort) return []
      const name = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(name)) return [duplicate(place.child('hostPort'), name)]
      taken.add(name)
      return []
    }),
  )
}

function resizePolicy(list: readonly ContainerResizePolicy[] | undefined, path: FieldPath, podPolicy: string | undefined): FieldError[] {
  const seen = new Set<string>()
  return (list ?? []).flatMap(({ resourceName: name = '', restartPolicy: policy = '' }, i) => {
    const errors = seen.has(name) ? [duplicate(path.index(i), name)] : []
    seen.add(name)
    errors.push(...demandedOneOf(name, path, ['cpu', 'memory']), ...demandedOneOf(policy, path, ['NotRequired', 'RestartContainer']))
    if (podPolicy === 'Never' && policy !== 'NotRequired')
      errors.push(invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    return errors
  })
}

const rulesMax = 20
const exitCodesMax = 255

/** The container's own restart policy, and rules by exit code (KEP-5307). */
function restartPolicy({ restartPolicy: policy, restartPolicyRules: rules = [] }: Container, path: FieldPath): FieldError[] {
  const at = path.child('restartPolicy')
  const errors: FieldError[] = []
  if (policy === undefined && rules.length === 0) return []
  if (policy === undefined) errors.push(required(at, 'must specify restartPolicy when restart rules are used'))
  else errors.push(...oneOf(policy, at, ['Always', 'Never', 'OnFailure']))
  if (rules.length > rulesMax) errors.push(tooLong(path.child('restartPolicyRules'), rulesMax))
  return [...errors, ...each(rules, path.child('restartPolicyRules'), restartRule)]
}

function restartRule({ action, exitCodes }: ContainerRestartRule, path: FieldPath): FieldError[] {
  const errors: FieldError[] = action === 'Restart' ? [] : [notSupported(path.child('action'), action ?? '', ['Restart'])]
  if (!exitCodes) return [...errors, required(path.child('exitCodes'), 'must be specified')]
  const at = path.child('exitCodes')
  errors.push(...oneOf(exitCodes.operator, at.child('operator'), ['In', 'NotIn']))
  return (exitCodes.values?.length ?? 0) > exitCodesMax ? [...errors, tooLong(at.child('values'), exitCodesMax)] : errors
}
