/**
 * What an object counts for in a namespace's ResourceQuotas: the quota's resource names with amounts, and which quotas it
 * falls under (pkg/quota/v1/evaluator/core).
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { Quantity } from '../../api/meta/quantity.js'
import type {
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from '../../api/types/core-v1.js'
import { needsNodePorts } from '../allocation/service-fields.js'
import { type Amounts, podAmounts } from './pod-resources.js'

const one = Quantity.of(1)
/** Core kinds that quotas count by their bare name. */
const bareCounts: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'replicationcontrollers',
  'resourcequotas',
  'persistentvolumeclaims',
])

/** Amounts that the object adds to a quota's `used`. */
export function quotaUsage({ group, plural }: Kind, object: KubeObject): Amounts {
  const usage: Amounts = new Map([[`count/${plural}${group ? `.${group}` : ''}`, one]])
  if (group !== '') return usage
  if (plural === 'pods') return isTerminated(object as Pod & KubeObject) ? usage : podUsage(object as Pod & KubeObject, usage)
  if (bareCounts.has(plural)) usage.set(plural, one)
  if (plural === 'services') serviceUsage(object as unknown as Service, usage)
  if (plural === 'persistentvolumeclaims') claimUsage(object as unknown as PersistentVolumeClaim, usage)
  return usage
}

function isTerminated({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function podUsage({ spec }: Pod, usage: Amounts): Amounts {
  usage.set('pods', one)
  if (!spec) return usage
  for (const [name, amount] of podAmounts(spec, 'requests')) {
    usage.set(`requests.${name}`, amount)
    if (isComputeName(name)) usage.set(name, amount)
  }
  for (const [name, amount] of podAmounts(spec, 'limits')) if (isComputeName(name)) usage.set(`limits.${name}`, amount)
  return usage
}

function isComputeName(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-')
}

function serviceUsage({ spec = {} }: Service, usage: Amounts): void {
  const ports = Quantity.of(spec.ports?.length ?? 0)
  if (spec.type === 'LoadBalancer') usage.set('services.loadbalancers', one)
  if (needsNodePorts(spec)) usage.set('services.nodeports', ports)
}

function claimUsage({ spec }: PersistentVolumeClaim, usage: Amounts): void {
  const storage = spec?.resources?.requests?.storage
  const prefix = spec?.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io/` : undefined
  if (prefix) usage.set(`${prefix}persistentvolumeclaims`, one)
  if (storage === undefined) return
  usage.set('requests.storage', Quantity.parse(storage))
  if (prefix) usage.set(`${prefix}requests.storage`, Quantity.parse(storage))
}

/** Whether the quota's scopes hold for the object. */
export function isInScopes({ spec }: ResourceQuota, { group, plural }: Kind, object: KubeObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ]
  if (scopes.length === 0) return true
  if (group !== '' || (plural !== 'pods' && plural !== 'persistentvolumeclaims')) return false
  return scopes.every((scope) =>
    plural === 'pods'
      ? podIsInScope((object as Pod & KubeObject).spec, scope)
      : claimIsInScope(object as unknown as PersistentVolumeClaim, scope),
  )
}

function podIsInScope(spec: PodSpec | undefined, { scopeName, operator, values }: ScopedResourceSelectorRequirement): boolean {
  switch (scopeName) {
    case 'Terminating':
      return spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0
    case 'NotTerminating':
      return spec?.activeDeadlineSeconds === undefined
    case 'BestEffort':
      return isBestEffort(spec)
    case 'NotBestEffort':
      return !isBestEffort(spec)
    case 'PriorityClass':
      return isSelected(spec?.priorityClassName, operator, values)
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(spec)
    default:
      return false
  }
}

function claimIsInScope({ spec }: PersistentVolumeClaim, { scopeName, operator, values }: ScopedResourceSelectorRequirement): boolean {
  return scopeName === 'VolumeAttributesClass' && isSelected(spec?.volumeAttributesClassName, operator, values)
}

function isSelected(value: string | undefined, operator: string, values: readonly string[] | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return Boolean(value)
    case 'DoesNotExist':
      return !value
    case 'In':
      return value !== undefined && Boolean(values?.includes(value))
    case 'NotIn':
      return !values?.includes(value ?? '')
    default:
      return false
  }
}

function isBestEffort(spec: PodSpec | undefined): boolean {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  return !all.some(({ resources }) =>
    ['cpu', 'memory'].some((name) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined),
  )
}

function usesOtherNamespaces(spec: PodSpec | undefined): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ])
  return terms.some(({ namespaces, namespaceSelector }) => Boolean(namespaces?.length) || namespaceSelector !== undefined)
}

/** For quotas on compute resources every container must say what it needs: what is missing, as `name for: c1,c2`. */
export function missingForQuota({ spec }: Pod, hard: readonly string[]): string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const missing = new Map<string, string[]>()
  for (const name of [...hard].sort()) {
    const [, list = 'requests', resource = ''] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name) ?? []
    if (resource === '') continue
    const lacking = containers.filter(({ resources }) => resources?.[list as 'requests' | 'limits']?.[resource] === undefined)
    const podLevel = spec?.resources?.[list as 'requests' | 'limits']?.[resource] !== undefined
    if (lacking.length > 0 && !podLevel) missing.set(name, [...new Set(lacking.map((container) => container.name))].sort())
  }
  return [...missing].map(([name, names]) => `${name} for: ${names.join(',')}`)
}
