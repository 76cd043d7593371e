/**
 * Names and amounts of resources: what containers, Pods, quotas, limit ranges and nodes may ask for
 * (pkg/apis/core/helper and validateResourceRequirements).
 */
import { Quantity } from '../../meta/quantity.js'
import type { ResourceClaim, ResourceRequirements } from '../../types/core-v1.js'
import { type Check, dnsLabel, each, entriesOf, judged, negativeError, quantityOf } from '../checks.js'
import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalid,
  notFoundValue,
  notSupported,
  required,
} from '../field-path.js'
import { isQualifiedName } from '../names.js'

const compute = ['cpu', 'memory', 'ephemeral-storage']
const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const quotaResources = new Set([
  ...compute,
  ...compute.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...counted,
])
const standardResources = new Set([...quotaResources, 'storage'])

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-')
/** Kubernetes' own: no domain, or kubernetes.io's. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
/** More may be limited than requested. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name)
export const isStandardQuotaResource = (name: string): boolean => quotaResources.has(name) || isQuotaHugePages(name)
const isInteger = (name: string): boolean => counted.includes(name) || isExtendedResource(name)

export function resourceName(name: string, path: FieldPath): FieldError[] {
  const errors = judged(name, path, isQualifiedName)
  if (errors.length > 0 || name.includes('/') || standardResources.has(name) || isQuotaHugePages(name)) return errors
  return [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

export function containerResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = resourceName(name, path)
  if (!name.includes('/')) {
    if (!compute.includes(name) && !isHugePages(name)) errors.push(invalid(path, name, 'must be a standard resource for containers'))
  } else if (!isNativeResource(name) && !isExtendedResource(name))
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"))
  return errors
}

export function quotaResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = resourceName(name, path)
  if (!name.includes('/') && !isStandardQuotaResource(name)) errors.push(invalid(path, name, 'must be a standard resource for quota'))
  return errors
}

function podResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = resourceName(name, path)
  if (errors.length > 0 || name === 'cpu' || name === 'memory' || isHugePages(name)) return errors
  return [notSupported(path, name, ['cpu', 'memory'])]
}

/** An amount: not negative, and whole where things are counted. */
export function resourceAmount(name: string, value: string, path: FieldPath): FieldError[] {
  const amount = quantityOf(value)
  const errors: FieldError[] = amount.sign() < 0 ? [invalid(path, value, negativeError)] : []
  if (isInteger(name) && amount.milliValue() % 1000n !== 0n) errors.push(invalid(path, value, 'must be an integer'))
  return errors
}

/** Amounts by name, as quotas and nodes have them. */
export const resourceList = (list: Readonly<Record<string, string>> | undefined, path: FieldPath, name: Check<string>): FieldError[] =>
  entriesOf(list).flatMap(([resource, value]) => [
    ...name(resource, path.key(resource)),
    ...resourceAmount(resource, value, path.key(resource)),
  ])

/** validateBasicResource: any amount that is not negative. */
export const basicAmount = (value: string, path: FieldPath): FieldError[] =>
  quantityOf(value).value() < 0n ? [invalid(path, Number(quantityOf(value).value()), 'must be a valid resource quantity')] : []

/** Huge pages come in whole pages. */
function hugePages(name: string, value: string, path: FieldPath): FieldError[] {
  if (!isHugePages(name)) return []
  const size = Quantity.tryParse(name.slice('hugepages-'.length))
  const whole = size !== undefined && size.sign() > 0 && size.milliValue() % 1000n === 0n && quantityOf(value).value() % size.value() === 0n
  return whole ? [] : [invalid(path, value, `${value} is not positive integer multiple of ${name}`)]
}

/** What resources are judged against. */
export interface RequirementRules {
  /** The Pod's resourceClaims. */
  readonly claims: ReadonlySet<string>
  /** Partial huge pages are accepted because they were there. */
  readonly partialHugePages?: boolean
}

/** Limits, requests and claims of a container. */
export const containerResources = (resources: ResourceRequirements, path: FieldPath, rules: RequirementRules): FieldError[] =>
  requirements(resources, path, containerResourceName, rules)
/** As containerResources(), for the Pod as a whole. */
export const podResources = (resources: ResourceRequirements, path: FieldPath, rules: RequirementRules): FieldError[] =>
  requirements(resources, path, podResourceName, rules)

function requirements(
  resources: ResourceRequirements,
  path: FieldPath,
  name: Check<string>,
  { claims, partialHugePages }: RequirementRules,
): FieldError[] {
  const errors: FieldError[] = []
  const { limits = {}, requests = {} } = resources
  const [limitsPath, requestsPath] = [path.child('limits'), path.child('requests')]
  for (const [resource, value] of entriesOf(limits)) {
    const at = limitsPath.key(resource)
    errors.push(...name(resource, at), ...resourceAmount(resource, value, at), ...(partialHugePages ? [] : hugePages(resource, value, at)))
  }
  for (const [resource, value] of entriesOf(requests)) {
    const at = requestsPath.key(resource)
    errors.push(
      ...name(resource, at),
      ...resourceAmount(resource, value, at),
      ...requestWithinLimit(resource, value, limits[resource], path),
    )
    if (!partialHugePages) errors.push(...hugePages(resource, value, at))
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'))
  return [...errors, ...claimNames(resources.claims, claims, path.child('claims'))]
}

function requestWithinLimit(name: string, value: string, limit: string | undefined, path: FieldPath): FieldError[] {
  const requests = path.child('requests')
  if (limit === undefined)
    return isOvercommitAllowed(name) ? [] : [required(path.child('limits'), 'Limit must be set for non overcommitable resources')]
  const order = quantityOf(value).cmp(quantityOf(limit))
  if (order !== 0 && !isOvercommitAllowed(name)) return [invalid(requests, value, `must be equal to ${name} limit of ${limit}`)]
  return order > 0 ? [invalid(requests, value, `must be less than or equal to ${name} limit of ${limit}`)] : []
}

function claimNames(claims: readonly ResourceClaim[] | undefined, known: ReadonlySet<string>, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return each(claims, path, ({ name = '', request = '' }, at) => {
    const errors: FieldError[] = []
    const key = request ? `${name}/${request}` : name
    if (name === '') errors.push(required(at))
    else if (seen.has(name)) errors.push(duplicate(at, name))
    else {
      if (request) errors.push(...dnsLabel(request, at.child('request')))
      if (seen.has(key)) errors.push(duplicate(at, key))
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name))
      seen.add(key)
    }
    if (known.has(name)) return errors
    const list = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`
    const { detail, ...error } = notFoundValue(at, name)
    return [...errors, { ...error, detail: `${detail}: must be one of the names in pod.spec.resourceClaims${list}` }]
  })
}
