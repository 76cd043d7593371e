/** IPAddress and ServiceCIDR: the cluster's addresses as objects. Their names are addresses in one form only. */
import type { KubeObject } from '../../meta/object.js'
import type { IPAddress, ServiceCIDR } from '../../types/networking-v1.js'
import { demanded, each, immutable, kubeMeta, optionally, same } from '../checks.js'
import { type FieldError, field, invalid, required } from '../field-path.js'
import { parseCidr, validateCidr, validateIp } from '../ip.js'
import { isDns1123Subdomain, isPathSegmentName } from '../names.js'
import { fieldImmutable } from '../object-meta.js'

export function validateIpAddress(object: KubeObject): FieldError[] {
  const name = object.metadata.name ?? ''
  const parent = (object as unknown as IPAddress).spec?.parentRef
  const path = field('spec', 'parentRef')
  return [
    ...kubeMeta(object.metadata),
    ...(name ? validateIp(field('metadata', 'name'), name) : []),
    ...(parent
      ? [
          ...optionally(parent.group, path.child('group'), isDns1123Subdomain),
          ...demanded(parent.resource, path.child('resource'), isPathSegmentName),
          ...demanded(parent.name, path.child('name'), isPathSegmentName),
          ...optionally(parent.namespace, path.child('namespace'), isPathSegmentName),
        ]
      : [required(path)]),
  ]
}

export function validateIpAddressUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [object, before].map((one) => (one as unknown as IPAddress).spec?.parentRef)
  const shown = { Group: is?.group ?? '', Resource: is?.resource ?? '', Namespace: is?.namespace ?? '', Name: is?.name ?? '' }
  return [...kubeMeta(object.metadata), ...(same(is, was) ? [] : immutable(is ? shown : null, was ?? null, field('spec', 'parentRef')))]
}

const path = field('spec', 'cidrs')
const cidrsOf = (object: KubeObject): string[] => (object as ServiceCIDR).spec?.cidrs ?? []

export const validateServiceCidr = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...cidrs(cidrsOf(object))]

function cidrs(list: readonly string[]): FieldError[] {
  if (list.length === 0) return [required(path, 'at least one CIDR required')]
  if (list.length > 2) return [invalid(path, { CIDRs: list }, 'may only hold up to 2 values')]
  const families = list.map((cidr) => parseCidr(cidr)?.base.family)
  const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
  const twice = list.length === 2 && families[0] !== undefined && families[0] === families[1]
  return [...each(list, path, (cidr, at) => validateCidr(at, cidr)), ...(twice ? [invalid(path, list, text)] : [])]
}

/** A second network, of the other family, may be added. */
export function validateServiceCidrUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [cidrsOf(object), cidrsOf(before)]
  const changed = (length: number): FieldError[] =>
    is.slice(0, length).flatMap((cidr, i) => (cidr === was[i] ? [] : [invalid(path.index(i), cidr, fieldImmutable)]))
  const meta = kubeMeta(object.metadata)
  if (is.length === was.length) return [...meta, ...changed(is.length)]
  return was.length === 1 && is.length === 2 ? [...meta, ...changed(1), ...cidrs(is)] : [...meta, invalid(path, is, fieldImmutable)]
}
