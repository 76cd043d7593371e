/** ResourceQuota: the resources it counts and the scopes that narrow it. */
import type { KubeObject } from '../../meta/object.js'
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../../types/core-v1.js'
import { kubeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { fieldImmutable } from '../object-meta.js'
import { isStandardQuotaResource, quotaResourceName, resourceList } from './resources.js'

const quotaOf = (object: KubeObject): ResourceQuota => object as ResourceQuota

export const validateResourceQuota = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...quotaSpec(quotaOf(object).spec ?? {}, field('spec')),
  ...quotaStatus(object),
]

export function validateResourceQuotaUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [new Set(quotaOf(object).spec?.scopes), new Set(quotaOf(before).spec?.scopes)]
  const errors = [...kubeMeta(object.metadata), ...quotaSpec(quotaOf(object).spec ?? {}, field('spec'))]
  if (is.size === was.size && [...is].every((scope) => was.has(scope))) return errors
  return [...errors, invalid(field('spec', 'scopes'), quotaOf(object).spec?.scopes ?? null, fieldImmutable)]
}

export const validateResourceQuotaStatusUpdate = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...quotaStatus(object),
]

const quotaStatus = (object: KubeObject): FieldError[] =>
  (['hard', 'used'] as const).flatMap((part) => resourceList(quotaOf(object).status?.[part], field('status', part), quotaResourceName))

const quotaSpec = (spec: ResourceQuotaSpec, path: FieldPath): FieldError[] => [
  ...resourceList(spec.hard, path.child('hard'), quotaResourceName),
  ...scopes(spec, path.child('scopes')),
  ...selector(spec, path.child('scopeSelector', 'matchExpressions')),
]

const podResources = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']
/** What each scope can narrow. */
const scopeResources: Readonly<Record<string, readonly string[]>> = {
  Terminating: podResources,
  NotTerminating: podResources,
  NotBestEffort: podResources,
  PriorityClass: podResources,
  CrossNamespacePodAffinity: podResources,
  BestEffort: ['pods'],
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
const isUnfit = (scope: string, resource: string): boolean => {
  const fit = scopeResources[scope]
  return fit !== undefined && isStandardQuotaResource(resource) && !fit.includes(resource)
}
const resourcesOf = ({ hard }: ResourceQuotaSpec): string[] => Object.keys(hard ?? {}).sort()

function scopes(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const list = spec.scopes ?? []
  return [
    ...list.flatMap((scope) => [
      ...(scopeResources[scope] ? [] : [invalid(path, list, 'unsupported scope')]),
      ...resourcesOf(spec)
        .filter((resource) => isUnfit(scope, resource))
        .map(() => invalid(path, list, 'unsupported scope applied to resource')),
    ]),
    ...conflicts(list, spec, path),
  ]
}

function conflicts(given: readonly string[], { scopes: list }: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const pairs = [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ]
  return pairs.filter((pair) => pair.every((scope) => given.includes(scope))).map(() => invalid(path, list ?? null, 'conflicting scopes'))
}

const existsOnly =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

function selector(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const list = spec.scopeSelector?.matchExpressions ?? []
  const shown = {
    MatchExpressions: list.map(({ scopeName, operator, values }) => ({ ScopeName: scopeName, Operator: operator, Values: values ?? null })),
  }
  const errors = list.flatMap((item) => {
    const scope = item.scopeName ?? ''
    return [
      ...(scopeResources[scope] ? [] : [invalid(path.child('scopeName'), scope, 'unsupported scope')]),
      ...resourcesOf(spec)
        .filter((resource) => isUnfit(scope, resource))
        .map(() => invalid(path, shown, 'unsupported scope applied to resource')),
      ...requirement(item, path),
    ]
  })
  return [
    ...errors,
    ...conflicts(
      list.map(({ scopeName }) => scopeName),
      spec,
      path,
    ),
  ]
}

function requirement({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (
    ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'].includes(scopeName) &&
    operator !== 'Exists'
  )
    errors.push(invalid(path.child('operator'), operator ?? '', existsOnly))
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(path.child('values'), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(invalid(path.child('values'), values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
  } else errors.push(invalid(path.child('operator'), operator ?? '', 'not a valid selector operator'))
  return errors
}
