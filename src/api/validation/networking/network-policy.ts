/** NetworkPolicy: who may talk to whom at which ports. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '../../types/networking-v1.js'
import { each, judged, kubeMeta, oneOf, portNumber, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { cidrContains, parseCidr, validateLegacyCidr } from '../ip.js'
import { isPortName } from '../names.js'

const specOf = (object: KubeObject): Partial<NetworkPolicySpec> => (object as NetworkPolicy).spec ?? {}

export const validateNetworkPolicy = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), field('spec'), []),
]

/** Networks that were there stay good, wherever they stand now. */
export function validateNetworkPolicyUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const { ingress = [], egress = [] } = specOf(before)
  const peers = [...ingress.flatMap(({ from }) => from ?? []), ...egress.flatMap(({ to }) => to ?? [])]
  const known = peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : []))
  const whole = spec(specOf(object), field('spec'), known)
  return [...wholeMeta(object.metadata, { namespaced: true }), ...whole, ...kubeMeta(object.metadata), ...whole]
}

function spec(
  { podSelector, ingress, egress, policyTypes: types = [] }: Partial<NetworkPolicySpec>,
  path: FieldPath,
  known: readonly string[],
): FieldError[] {
  const rule = (
    ports: readonly NetworkPolicyPort[] | undefined,
    peers: readonly NetworkPolicyPeer[] | undefined,
    at: FieldPath,
    side: string,
  ): FieldError[] => [...each(ports, at.child('ports'), port), ...each(peers, at.child(side), (one, place) => peer(one, place, known))]
  const at = path.child('policyTypes')
  return [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...each(ingress, path.child('ingress'), ({ ports, from }, place) => rule(ports, from, place, 'from')),
    ...each(egress, path.child('egress'), ({ ports, to }, place) => rule(ports, to, place, 'to')),
    ...(types.length > 2
      ? [invalid(at, types, 'may not specify more than two policyTypes')]
      : each(types, at, (type, place) => oneOf(type, place, ['Ingress', 'Egress']))),
  ]
}

function port({ protocol, port: given, endPort }: NetworkPolicyPort, path: FieldPath): FieldError[] {
  const errors = protocol === undefined ? [] : oneOf(protocol, path.child('protocol'), ['TCP', 'UDP', 'SCTP'])
  const [at, end] = [path.child('port'), path.child('endPort')]
  if (given === undefined)
    return endPort === undefined ? errors : [...errors, invalid(end, endPort, 'may not be specified when `port` is not specified')]
  if (typeof given === 'string')
    return [
      ...errors,
      ...(endPort === undefined ? [] : [invalid(end, endPort, 'may not be specified when `port` is non-numeric')]),
      ...judged(given, at, isPortName),
    ]
  errors.push(...portNumber(given, at))
  if (endPort === undefined) return errors
  return [
    ...errors,
    ...(endPort < given ? [invalid(end, endPort, 'must be greater than or equal to `port`')] : []),
    ...portNumber(endPort, end),
  ]
}

function peer(
  { podSelector, namespaceSelector, ipBlock: block }: NetworkPolicyPeer,
  path: FieldPath,
  known: readonly string[],
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, path.child('namespaceSelector')),
    ...(block ? ipBlock(block, path.child('ipBlock'), known) : []),
  ]
  if (!podSelector && !namespaceSelector && !block) return [...errors, required(path, 'must specify a peer')]
  return block && (podSelector || namespaceSelector)
    ? [...errors, forbiddenField(path, 'may not specify both ipBlock and another peer')]
    : errors
}

function ipBlock({ cidr = '', except }: IPBlock, path: FieldPath, known: readonly string[]): FieldError[] {
  const at = path.child('cidr')
  if (cidr === '') return [required(at)]
  const errors = validateLegacyCidr(at, cidr, false, known)
  const network = parseCidr(cidr)
  if (!network) return errors
  const exceptions = each(except, path.child('except'), (text, place) => {
    const part = parseCidr(text)
    const wrong = validateLegacyCidr(place, text, false, known)
    if (!part || (cidrContains(network, part.base) && network.prefixBits < part.prefixBits)) return wrong
    return [...wrong, invalid(place, text, 'must be a strict subset of `cidr`')]
  })
  return [...errors, ...exceptions]
}
