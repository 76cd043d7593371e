/** What may be said of a Pod's state, and what an ended container may not become again. */
import type { KubeObject } from '../../meta/object.js'
import type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodExtendedResourceClaimStatus,
  PodResourceClaimStatus,
  PodSpec,
  PodStatus,
  ResourceStatus,
} from '../../types/core-v1.js'
import { dnsLabel, dnsSubdomain, each, immutable, inRange, kubeMeta, oneOf, optionally, qualifiedName } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { parseIp, validateLegacyIp } from '../ip.js'
import { isDns1123Subdomain } from '../names.js'
import { podAnnotationsUpdate } from './pod-annotations.js'
import { rulesAfter } from './pod-rules.js'

const status = field('status')
const idMax = 2147483647
const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const

export function validatePodStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [pod, old] = [object as Pod, before as Pod]
  const [spec, was] = [pod.spec ?? { containers: [] }, old.spec ?? { containers: [] }]
  const [is, had] = [pod.status ?? {}, old.status ?? {}]
  const generation = is.observedGeneration ?? 0
  return [
    ...kubeMeta(pod.metadata),
    ...podAnnotationsUpdate(pod, old, field('metadata', 'annotations'), rulesAfter(was, old.metadata, true)),
    ...each(is.conditions, status.child('conditions'), condition),
    ...(spec.nodeName === was.nodeName ? [] : [forbiddenField(status.child('nodeName'), 'may not be changed directly')]),
    ...nominatedNode(is, had, was),
    ...(generation < 0 ? [invalid(status.child('observedGeneration'), generation, 'must be a non-negative integer')] : []),
    ...immutable(is.qosClass ?? '', had.qosClass ?? '', status.child('qosClass')),
    ...transitions(is, had, was),
    ...claimStatuses(is.resourceClaimStatuses, spec, status.child('resourceClaimStatuses')),
    ...extendedClaim(is.extendedResourceClaimStatus, spec, status.child('extendedResourceClaimStatus')),
    ...addresses(is.podIPs, had.podIPs, status.child('podIPs')),
    ...(is.hostIPs?.length && is.hostIPs[0]?.ip !== is.hostIP
      ? [invalid(status.child('hostIPs').index(0).child('ip'), is.hostIPs[0]?.ip ?? '', 'must be equal to `hostIP`')]
      : []),
    ...addresses(is.hostIPs, had.hostIPs, status.child('hostIPs')),
    ...lists.flatMap((list) =>
      each(is[list], status.child(list), ({ user }, at) => containerUser(user, at.child('user', 'linux'), spec.os?.name)),
    ),
    ...each(is.containerStatuses, status.child('containerStatuses'), (item, at) => allocated(item, spec.containers, at)),
    ...each(is.initContainerStatuses, status.child('initContainerStatuses'), (item, at) => allocated(item, spec.initContainers ?? [], at)),
    ...each(is.ephemeralContainerStatuses, status.child('ephemeralContainerStatuses'), ({ allocatedResourcesStatus: list }, at) =>
      list?.length ? [forbiddenField(at.child('allocatedResourcesStatus'), 'must not be specified in container status')] : [],
    ),
  ]
}

const systemConditions = ['PodScheduled', 'Ready', 'Initialized']

function condition({ type = '', observedGeneration = 0 }: PodCondition, path: FieldPath): FieldError[] {
  return [
    ...(observedGeneration < 0 ? [invalid(path.child('observedGeneration'), observedGeneration, 'must be a non-negative integer')] : []),
    ...(systemConditions.includes(type) ? [] : qualifiedName(type, path.child('Type'))),
  ]
}

function nominatedNode(is: PodStatus, had: PodStatus, was: PodSpec): FieldError[] {
  const name = is.nominatedNodeName ?? ''
  if (name === (had.nominatedNodeName ?? '') || name === '') return []
  const at = status.child('nominatedNodeName')
  return [
    ...optionally(name, at, isDns1123Subdomain),
    ...(was.nodeName ? [forbiddenField(at, 'may not be set on pods that are already bound to a node')] : []),
  ]
}

/** A container that has ended and is not to be restarted stays ended. */
function transitions(is: PodStatus, had: PodStatus, spec: PodSpec): FieldError[] {
  const mayRestart = (policy: string | undefined, exitCode: number): boolean =>
    policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
  const main = (name: string, exitCode: number): boolean => {
    const container = spec.containers.find((known) => known.name === name)
    if (
      container?.restartPolicyRules?.some(
        ({ exitCodes }) => (exitCodes?.values ?? []).includes(exitCode) === (exitCodes?.operator === 'In'),
      )
    )
      return true
    return mayRestart(container?.restartPolicy ?? spec.restartPolicy, exitCode)
  }
  const init = (name: string, exitCode: number): boolean =>
    mayRestart(spec.restartPolicy, exitCode) ||
    (spec.initContainers ?? []).some((known) => known.name === name && known.restartPolicy === 'Always')
  return [
    ...restarted(is.containerStatuses, had.containerStatuses, status.child('containerStatuses'), main),
    ...restarted(is.initContainerStatuses, had.initContainerStatuses, status.child('initContainerStatuses'), init),
    ...restarted(is.ephemeralContainerStatuses, had.ephemeralContainerStatuses, status.child('ephemeralContainerStatuses'), () => false),
  ]
}

type Statuses = readonly ContainerStatus[] | undefined

function restarted(is: Statuses, had: Statuses, path: FieldPath, allowed: (name: string, exitCode: number) => boolean): FieldError[] {
  return each(had, path, ({ name, state }, at) => {
    if (!state?.terminated || allowed(name, state.terminated.exitCode ?? 0)) return []
    return (is ?? [])
      .filter((now) => now.name === name && !now.state?.terminated)
      .map(() => forbiddenField(at.child('state'), 'may not be transitioned to non-terminated state'))
  })
}

function claimStatuses(
  list: readonly PodResourceClaimStatus[] | undefined,
  { resourceClaims = [] }: PodSpec,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>()
  return each(list, path, ({ name = '', resourceClaimName: claim }, at) => {
    const errors: FieldError[] = []
    if (!resourceClaims.some((known) => known.name === name))
      errors.push(invalid(at.child('name'), name, 'must match the name of an entry in `spec.resourceClaims`'))
    if (seen.has(name)) errors.push(duplicate(at.child('name'), name))
    seen.add(name)
    return claim === undefined ? errors : [...errors, ...dnsSubdomain(claim, at.child('name'))]
  })
}

function extendedClaim(claim: PodExtendedResourceClaimStatus | undefined, spec: PodSpec, path: FieldPath): FieldError[] {
  if (!claim) return []
  const containers = new Map([...(spec.initContainers ?? []), ...spec.containers].map((container) => [container.name, container]))
  const seen = new Set<string>()
  const errors = claim.requestMappings?.length ? [] : [required(path.child('requestMappings'), 'at least one request mapping is required')]
  errors.push(
    ...each(claim.requestMappings, path.child('requestMappings'), ({ containerName, resourceName, requestName }, at) => {
      const wrong: FieldError[] = []
      const container = containers.get(containerName)
      if (!container)
        wrong.push(
          invalid(
            at.child('containerName'),
            containerName,
            'must match the name of an entry in spec.initContainers.name or spec.containers.name',
          ),
        )
      else if (container.resources?.requests?.[resourceName] === undefined) {
        const text =
          'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests'
        wrong.push(invalid(at.child('resourceName'), resourceName, text))
      }
      wrong.push(...dnsLabel(requestName ?? '', path.child('requestName')))
      const key = JSON.stringify([containerName, resourceName])
      if (seen.has(key)) wrong.push(duplicate(at.child('containerName'), containerName), duplicate(at.child('resourceName'), resourceName))
      seen.add(key)
      return wrong
    }),
  )
  const name = claim.resourceClaimName
  return [...errors, ...(name ? dnsSubdomain(name, path.child('resourceClaimName')) : [required(path.child('resourceClaimName'))])]
}

type Addresses = readonly { readonly ip: string }[] | undefined

/** Addresses: at most one of each family. */
function addresses(list: Addresses, old: Addresses, path: FieldPath): FieldError[] {
  const known = (old ?? []).map(({ ip }) => ip)
  const errors = each(list, path, ({ ip }, at) => validateLegacyIp(at, ip ?? '', false, known))
  const families = (list ?? []).map(({ ip }) => parseIp(ip ?? '')?.family)
  if (families.length < 2 || (families.length === 2 && new Set(families).size === 2)) return errors
  return [
    ...errors,
    invalid(
      path,
      (list ?? []).map(({ ip }) => ({ IP: ip })),
      'may specify no more than one IP for each IP family',
    ),
  ]
}

function containerUser(user: ContainerStatus['user'], path: FieldPath, os = 'linux'): FieldError[] {
  const linux = user?.linux
  if (!linux) return []
  if (os === 'windows') return [forbiddenField(path, 'cannot be set for a windows pod')]
  return [
    ...inRange(linux.uid ?? 0, path.child('uid'), 0, idMax),
    ...inRange(linux.gid ?? 0, path.child('gid'), 0, idMax),
    ...each(linux.supplementalGroups, path.child('supplementalGroups'), (id, at) => inRange(id, at, 0, idMax)),
  ]
}

function allocated(
  { name, allocatedResourcesStatus: list }: ContainerStatus,
  containers: readonly Container[],
  path: FieldPath,
): FieldError[] {
  const container = containers.find((known) => known.name === name)
  return each(list, path.child('allocatedResourcesStatus'), (resource, at) => [
    ...(container && !asksFor(container, resource.name) ? [invalid(at.child('name'), resource.name, notAsked(resource.name))] : []),
    ...health(resource, at.child('resources')),
  ])
}

const asksFor = ({ resources }: Container, name: string): boolean =>
  name.startsWith('claim:')
    ? (resources?.claims ?? []).some((claim) => name === `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`)
    : resources?.requests?.[name] !== undefined

const notAsked = (name: string): string =>
  name.startsWith('claim:')
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests"

function health({ resources }: ResourceStatus, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return each(resources, path, ({ resourceID: id, health: state }, at) => {
    const errors = oneOf(state, at.child('health'), ['Healthy', 'Unhealthy', 'Unknown'])
    if (seen.has(id)) errors.push(duplicate(at.child('resourceID'), id))
    seen.add(id)
    return errors
  })
}
