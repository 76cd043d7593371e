/** EndpointSlice: endpoints with addresses of one type, and the ports they share. */
import type { KubeObject } from '../../meta/object.js'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../types/discovery-v1.js'
import { demandedOneOf, dnsLabel, dnsSubdomain, each, immutable, judged, kubeMeta, oneOf, qualifiedName, wholeMeta } from '../checks.js'
import { usableIp } from '../core/endpoints.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required, tooMany } from '../field-path.js'
import { parseIp, validateLegacyIp } from '../ip.js'
import { isDns1123Label, isDns1123Subdomain, isLabelValue } from '../names.js'
import { validateLabels } from '../object-meta.js'

const endpointsMax = 1000
const addressesMax = 100
const portsMax = 20_000
const topologyMax = 16
const hintsMax = 8
const types = ['FQDN', 'IPv4', 'IPv6']

const sliceOf = (object: KubeObject): EndpointSlice => object as unknown as EndpointSlice

export const validateEndpointSlice = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...slice(sliceOf(object), types, []),
]

export function validateEndpointSliceUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const old = sliceOf(before)
  const known = (old.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])
  return [
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...slice(sliceOf(object), ['FQDN', 'IP', 'IPv4', 'IPv6'], known),
    ...immutable(sliceOf(object).addressType ?? '', old.addressType ?? '', field('addressType')),
  ]
}

function slice(
  { addressType = '', endpoints = [], ports = [] }: EndpointSlice,
  supported: readonly string[],
  known: readonly string[],
): FieldError[] {
  const errors = demandedOneOf(addressType, field('addressType'), supported)
  if (endpoints.length > endpointsMax) errors.push(tooMany(field('endpoints'), endpoints.length, endpointsMax))
  else errors.push(...each(endpoints, field('endpoints'), (one, at) => endpoint(one, at, addressType, known)))
  if (ports.length > portsMax) return [...errors, tooMany(field('ports'), ports.length, portsMax)]
  const names = new Set<string>()
  return [...errors, ...each(ports, field('ports'), (one, at) => port(one, at, names))]
}

function endpoint(given: Endpoint, path: FieldPath, type: string, known: readonly string[]): FieldError[] {
  const { addresses = [], nodeName, deprecatedTopology: topology, hostname, hints } = given
  const at = path.child('addresses')
  const errors: FieldError[] = []
  if (addresses.length === 0) errors.push(required(at, 'must contain at least 1 address'))
  else if (addresses.length > addressesMax) errors.push(tooMany(at, addresses.length, addressesMax))
  errors.push(...each(addresses, at, (one, place) => address(one, place, at, { type, known })))
  if (nodeName !== undefined) errors.push(...dnsSubdomain(nodeName, path.child('nodeName')))
  const place = path.child('deprecatedTopology')
  if (Object.keys(topology ?? {}).length > topologyMax) errors.push(tooMany(place, Object.keys(topology ?? {}).length, topologyMax))
  errors.push(...validateLabels(topology, place))
  if (topology?.['kubernetes.io/hostname'] !== undefined)
    errors.push(forbiddenField(place.key('kubernetes.io/hostname'), 'may not be set in v1 EndpointSlices; use nodeName'))
  if (hostname !== undefined) errors.push(...dnsLabel(hostname, path.child('hostname')))
  return [
    ...errors,
    ...hintList(hints?.forZones, path.child('hints', 'forZones'), isLabelValue),
    ...hintList(hints?.forNodes, path.child('hints', 'forNodes'), isDns1123Subdomain),
  ]
}

function address(
  text: string,
  at: FieldPath,
  list: FieldPath,
  { type, known }: { readonly type: string; readonly known: readonly string[] },
): FieldError[] {
  if (type === 'FQDN') return fullName(text, at)
  if (!['IP', 'IPv4', 'IPv6'].includes(type)) return []
  const wrong = validateLegacyIp(at, text, false, known)
  if (wrong.length > 0 || type === 'IP') return wrong
  const family = type === 'IPv4' ? 4 : 6
  const errors = parseIp(text)?.family === family ? [] : [invalid(list, text, `must be an ${type} address`)]
  return [...errors, ...usableIp(text, at)]
}

/** A domain of at least two labels; a dot at its end is fine. */
function fullName(text: string, at: FieldPath): FieldError[] {
  if (text === '') return [required(at)]
  const name = text.replace(/\.$/, '')
  const wrong = isDns1123Subdomain(name)
  if (wrong.length > 0) return [invalid(at, name, wrong.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) return [invalid(at, name, 'should be a domain with at least two segments separated by dots')]
  return labels.flatMap((label) => isDns1123Label(label).map((complaint) => invalid(at, label, complaint)))
}

function hintList(
  list: readonly { readonly name: string }[] | undefined,
  path: FieldPath,
  judge: (name: string) => string[],
): FieldError[] {
  const names = new Set<string>()
  if ((list?.length ?? 0) > hintsMax) return [tooMany(path, list?.length ?? 0, hintsMax)]
  return each(list, path, ({ name = '' }, at) => {
    if (names.has(name)) return [duplicate(at.child('name'), name)]
    names.add(name)
    return judged(name, at.child('name'), judge)
  })
}

function port({ name = '', protocol, appProtocol }: EndpointPort, path: FieldPath, names: Set<string>): FieldError[] {
  const errors = name ? dnsLabel(name, path.child('name')) : []
  if (names.has(name)) errors.push(duplicate(path.child('name'), name))
  names.add(name)
  errors.push(
    ...(protocol === undefined ? [required(path.child('protocol'))] : oneOf(protocol, path.child('protocol'), ['SCTP', 'TCP', 'UDP'])),
  )
  return appProtocol === undefined ? errors : [...errors, ...qualifiedName(appProtocol, path.child('appProtocol'))]
}
