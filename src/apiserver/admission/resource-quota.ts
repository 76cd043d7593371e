/**
 * ResourceQuota: what a write adds is charged to the namespace's quotas in the write's own transaction, so that no two
 * writes share the last free place, and none is charged that did not happen. Refunds are the quota controller's
 * (apiserver/pkg/admission/plugin/resourcequota).
 */
import type { KubeObject } from '../../api/meta/object.js'
import { Quantity } from '../../api/meta/quantity.js'
import type { Pod, ResourceQuota as Quota } from '../../api/types/core-v1.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'
import type { Amounts } from './pod-resources.js'
import { isInScopes, missingForQuota, quotaUsage } from './quota-usage.js'

const quotas = { group: '', resource: 'resourcequotas' }

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(attributes, world) {
    const { operation, kind, subresource, namespace, object, old } = attributes
    if (!kind.namespaced || !object || (operation !== 'CREATE' && operation !== 'UPDATE')) return
    if (subresource !== '' && subresource !== 'resize') return
    if (kind.group === '' && kind.plural === 'resourcequotas' && operation === 'UPDATE') return
    const found = world.lookup.list(quotas, namespace) as readonly (KubeObject & Quota)[]
    if (found.length === 0) return
    const delta = deltaOf(quotaUsage(kind, object), old ? quotaUsage(kind, old) : new Map())
    for (const quota of found) charge(attributes, world, quota, delta)
  },
}

function deltaOf(now: Amounts, before: Amounts): Amounts {
  const delta: Amounts = new Map()
  for (const [name, amount] of now) {
    const more = amount.sub(before.get(name) ?? Quantity.zero)
    if (more.sign() > 0) delta.set(name, more)
  }
  return delta
}

function charge(attributes: Attributes, world: AdmissionWorld, quota: KubeObject & Quota, delta: Amounts): void {
  const { kind, object, operation } = attributes
  if (!object || !isInScopes(quota, kind, object)) return
  const { name } = quota.metadata
  const hard = quota.status?.hard ?? {}
  const limited = Object.keys(quota.spec?.hard ?? {})
  if (operation === 'CREATE' && kind.group === '' && kind.plural === 'pods') {
    const missing = missingForQuota(object as Pod & KubeObject, limited)
    if (missing.length > 0) throw forbiddenBy(attributes, `failed quota: ${name}: must specify ${missing.join('; ')}`)
  }
  const concerned = limited.filter((resource) => delta.has(resource)).sort()
  if (concerned.length === 0) return
  const used = quota.status?.used ?? {}
  const unknown = concerned.filter((resource) => hard[resource] === undefined || used[resource] === undefined)
  if (unknown.length > 0) throw forbiddenBy(attributes, `status unknown for quota: ${name}, resources: ${unknown.join(',')}`)
  const next = new Map(
    concerned.map((resource) => [resource, Quantity.parse(used[resource] as string).add(delta.get(resource) as Quantity)]),
  )
  const exceeded = concerned.filter((resource) => (next.get(resource) as Quantity).cmp(Quantity.parse(hard[resource] as string)) > 0)
  if (exceeded.length > 0) {
    const print = (value: (resource: string) => unknown): string => exceeded.map((resource) => `${resource}=${value(resource)}`).join(',')
    const requested = print((resource) => delta.get(resource))
    throw forbiddenBy(
      attributes,
      `exceeded quota: ${name}, requested: ${requested}, used: ${print((resource) => used[resource])}, limited: ${print((resource) => hard[resource])}`,
    )
  }
  const changed = { ...used, ...Object.fromEntries([...next].map(([resource, amount]) => [resource, String(amount)])) }
  const { key, value, revision } = world.rewrite(quotas, { ...quota, status: { ...quota.status, used: changed } })
  attributes.companions.compare.push({ key, target: 'modRevision', is: '=', value: revision })
  attributes.companions.operations.push({ type: 'put', key, value: value() })
}
