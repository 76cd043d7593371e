/** Endpoints, and the addresses that endpoints may have. */
import type { KubeObject } from '../../meta/object.js'
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../../types/core-v1.js'
import { demandedOneOf, dnsLabel, dnsSubdomain, each, kubeMeta, portNumber, qualifiedName, same, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { parseIp, validateLegacyIp } from '../ip.js'
import { protocols } from './container.js'

const path = field('subsets')

export const validateEndpoints = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...each((object as unknown as Endpoints).subsets, path, subset),
]

/** What was wrong before may stay as it is. */
export function validateEndpointsUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const { subsets } = object as unknown as Endpoints
  const meta = [...kubeMeta(object.metadata), ...wholeMeta(object.metadata, { namespaced: true })]
  return same(subsets, (before as unknown as Endpoints).subsets) ? meta : [...meta, ...each(subsets, path, subset)]
}

function subset({ addresses, notReadyAddresses, ports }: EndpointSubset, at: FieldPath): FieldError[] {
  return [
    ...(addresses?.length || notReadyAddresses?.length ? [] : [required(at, 'must specify `addresses` or `notReadyAddresses`')]),
    ...each(addresses, at.child('addresses'), address),
    ...each(notReadyAddresses, at.child('notReadyAddresses'), address),
    ...each(ports, at.child('ports'), (item, place) => port(item, place, (ports?.length ?? 0) > 1)),
  ]
}

const address = ({ ip = '', hostname, nodeName }: EndpointAddress, at: FieldPath): FieldError[] => [
  ...validateLegacyIp(at.child('ip'), ip),
  ...(hostname ? dnsLabel(hostname, at.child('hostname')) : []),
  ...(nodeName === undefined ? [] : dnsSubdomain(nodeName, at.child('nodeName'))),
  ...usableIp(ip, at.child('ip')),
]

const port = ({ name, port: number, protocol, appProtocol }: EndpointPort, at: FieldPath, named: boolean): FieldError[] => [
  ...(name ? dnsLabel(name, at.child('name')) : named ? [required(at.child('name'))] : []),
  ...portNumber(number, at.child('port')),
  ...demandedOneOf(protocol, at.child('protocol'), protocols),
  ...(appProtocol === undefined ? [] : qualifiedName(appProtocol, at.child('appProtocol'))),
]

/** An address that others can reach: none of a machine to itself or of one link (ValidateEndpointIP). */
export function usableIp(text: string, at: FieldPath): FieldError[] {
  const address = parseIp(text)
  if (!address) return [invalid(at, text, 'must be a valid IP address')]
  const { family, bytes } = address
  const [a = 0, b = 0, c = 0] = bytes
  const zeros = bytes.slice(0, -1).every((byte) => byte === 0)
  const last = bytes[bytes.length - 1]
  // Pods that are processes of this machine have addresses in 127.128.0.0/9 (cluster/drivers/loopback.ts): others do reach them.
  const loopback = family === 4 ? a === 127 && b < 128 : zeros && last === 1
  const linkLocal = family === 4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80
  const multicast = family === 4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2
  const errors: FieldError[] = []
  if (zeros && last === 0) errors.push(invalid(at, text, `may not be unspecified (${text})`))
  if (loopback) errors.push(invalid(at, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'))
  if (linkLocal) errors.push(invalid(at, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'))
  if (multicast) errors.push(invalid(at, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'))
  return errors
}
