/** Node: taints, Pod networks, resources, and what is decided once. */
import type { KubeObject } from '../../meta/object.js'
import type { Node, NodeConfigSource } from '../../types/core-v1.js'
import { demanded, each, entriesOf, kubeMeta, positive, same } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { parseCidr, validateLegacyCidr } from '../ip.js'
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain } from '../names.js'
import { validateObjectMeta } from '../object-meta.js'
import { resourceAmount } from './resources.js'
import { taints } from './scheduling.js'

const networksPath = field('spec', 'podCIDRs')

export function validateNode(object: KubeObject): FieldError[] {
  const { metadata, spec, status } = object as Node
  const networks = spec?.podCIDRs ?? []
  const swap = status?.nodeInfo?.swap?.capacity
  return [
    ...kubeMeta(metadata),
    ...taints(spec?.taints, field('metadata', 'taints')),
    ...resources(object),
    ...(swap === undefined ? [] : positive(swap, field('metadata', 'nodeSwapStatus', 'capacity'))),
    ...each(networks, networksPath, (network, at) => validateLegacyCidr(at, network)),
    ...families(networks),
  ]
}

function families(networks: readonly string[]): FieldError[] {
  if (networks.length < 2) return []
  const found = networks.map((network) => parseCidr(network)?.base.family)
  const errors: FieldError[] = []
  const wrong = networks.find((_, i) => found[i] === undefined)
  if (wrong !== undefined) {
    const text = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${found.indexOf(undefined)}]: <nil> (invalid CIDR address: ${wrong})`
    errors.push({ reason: 'InternalError', field: networksPath.text, detail: `Internal error: ${text}` })
  }
  if (wrong !== undefined || networks.length > 2 || new Set(found).size < 2)
    errors.push(invalid(networksPath, networks, 'may specify no more than one CIDR for each IP family'))
  return errors
}

function resources(object: KubeObject): FieldError[] {
  const { status } = object as Node
  return (['capacity', 'allocatable'] as const).flatMap((part) =>
    entriesOf(status?.[part]).flatMap(([name, value]) => resourceAmount(name, value, field('status', part, name))),
  )
}

export function validateNodeUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [node, old] = [object as Node, before as Node]
  const seen = new Set<string>()
  const addresses = each(node.status?.addresses, field('status', 'addresses'), ({ type, address }, at) => {
    const key = JSON.stringify([type, address])
    if (seen.has(key)) return [duplicate(at, { Type: type, Address: address })]
    seen.add(key)
    return []
  })
  return [
    ...validateObjectMeta(node.metadata, { namespaced: false }),
    // Upstream's strategy judges the node as if it were new, then its update.
    ...validateNode(object),
    ...kubeMeta(node.metadata),
    ...resources(object),
    ...addresses,
    ...networksKept(node.spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []),
    ...(old.spec?.providerID && old.spec.providerID !== node.spec?.providerID
      ? [forbiddenField(field('spec', 'providerID'), 'node updates may not change providerID except from "" to valid')]
      : []),
    ...(node.spec?.configSource ? configSource(node.spec.configSource, field('spec', 'configSource'), 'spec') : []),
    ...(['assigned', 'active', 'lastKnownGood'] as const).flatMap((name) => {
      const source = node.status?.config?.[name]
      return source ? configSource(source, field('status', 'config', name), 'status') : []
    }),
    ...taints(node.spec?.taints, field('metadata', 'taints')),
    ...(same(node.spec?.externalID ?? '', old.spec?.externalID ?? '')
      ? []
      : [forbiddenField(field('spec', 'externalID'), 'may not be updated')]),
  ]
}

function networksKept(is: readonly string[], was: readonly string[]): FieldError[] {
  const error = forbiddenField(networksPath, 'node updates may not change podCIDR except from "" to valid')
  if (was.length === 0) return []
  return is.length === was.length ? was.filter((network, i) => network !== is[i]).map(() => error) : [error]
}

function configSource({ configMap }: NodeConfigSource, path: FieldPath, where: 'spec' | 'status'): FieldError[] {
  if (!configMap) return [invalid(path, { ConfigMap: null }, 'exactly one reference subfield must be non-nil')]
  const { uid, resourceVersion, namespace, name, kubeletConfigKey } = configMap
  const at = path.child('configMap')
  const versions = Object.entries({ uid, resourceVersion }).flatMap(([key, value]) => {
    if (where === 'status') return value ? [] : [required(at.child(key))]
    return value ? [forbiddenField(at.child(key), `${key} must not be set in spec`)] : []
  })
  return [
    ...versions,
    ...demanded(namespace, at.child('namespace'), isDns1123Label),
    ...demanded(name, at.child('name'), isDns1123Subdomain),
    ...demanded(kubeletConfigKey, at.child('kubeletConfigKey'), isConfigMapKey),
  ]
}
