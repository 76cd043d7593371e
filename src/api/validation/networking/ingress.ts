/** Ingress: hosts, paths and the backends behind them. */
import type { KubeObject } from '../../meta/object.js'
import type {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressTLS,
} from '../../types/networking-v1.js'
import { demanded, each, judged, kubeMeta, optionally, portNumber, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, notSupported, required } from '../field-path.js'
import { parseIp, validateLegacyIp } from '../ip.js'
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isPathSegmentName, isPortName, isWildcardDns1123Subdomain } from '../names.js'

const specOf = (object: KubeObject): IngressSpec => (object as Ingress).spec ?? {}
const path = field('spec')
const classAnnotation = 'kubernetes.io/ingress.class'

/** What is accepted because it was there. */
interface IngressRules {
  readonly oddSecrets: boolean
  readonly oddWildcards: boolean
  /** Names of Services may begin with a digit. */
  readonly digitNames: boolean
}

const strict: IngressRules = { oddSecrets: false, oddWildcards: false, digitNames: false }

export function validateIngress(object: KubeObject): FieldError[] {
  const annotation = object.metadata.annotations?.[classAnnotation]
  const { ingressClassName } = specOf(object)
  const clash = annotation !== undefined && ingressClassName !== undefined && annotation !== ingressClassName
  return [
    ...kubeMeta(object.metadata),
    ...spec(specOf(object), strict),
    ...(clash ? [invalid(field('annotations', classAnnotation), annotation, 'must match `ingressClassName` when both are specified')] : []),
  ]
}

export function validateIngressUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const { tls = [], rules = [], defaultBackend } = specOf(before)
  const services = [defaultBackend, ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))].flatMap(
    (backend) => backend?.service?.name ?? [],
  )
  const known: IngressRules = {
    oddSecrets: tls.some(({ secretName }) => secretName && isDns1123Subdomain(secretName).length > 0),
    oddWildcards: rules.some(({ host, http }) => host?.includes('*') && http && httpRule(http, path, strict).length > 0),
    digitNames: services.some((name) => isDns1123Label(name).length === 0 && isDns1035Label(name).length > 0),
  }
  return [...kubeMeta(object.metadata), ...wholeMeta(object.metadata, { namespaced: true }), ...spec(specOf(object), known)]
}

export function validateIngressStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const addresses = (one: KubeObject) => (one as Ingress).status?.loadBalancer?.ingress
  const known = (addresses(before) ?? []).flatMap(({ ip }) => ip ?? [])
  return [
    ...kubeMeta(object.metadata),
    ...each(addresses(object), field('status', 'loadBalancer', 'ingress'), ({ ip, hostname }, at) => [
      ...(ip ? validateLegacyIp(at.child('ip'), ip, false, known) : []),
      ...optionally(hostname, at.child('hostname'), isDns1123Subdomain),
      ...(hostname && parseIp(hostname) ? [invalid(at.child('hostname'), hostname, 'must be a DNS name, not an IP address')] : []),
    ]),
  ]
}

function spec({ rules = [], defaultBackend, tls, ingressClassName }: IngressSpec, known: IngressRules): FieldError[] {
  return [
    ...(rules.length === 0 && !defaultBackend ? [invalid(path, null, 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(defaultBackend ? ingressBackend(defaultBackend, path.child('defaultBackend'), known) : []),
    ...each(rules, path.child('rules'), (rule, at) => ingressRule(rule, at, known)),
    ...each(tls, path.child('tls'), (one, at) => tlsEntry(one, at, known)),
    ...(ingressClassName === undefined ? [] : judged(ingressClassName, path.child('ingressClassName'), isDns1123Subdomain)),
  ]
}

const hostName = (host: string, at: FieldPath): FieldError[] =>
  judged(host, at, host.includes('*') ? isWildcardDns1123Subdomain : isDns1123Subdomain)

const tlsEntry = ({ hosts, secretName }: IngressTLS, at: FieldPath, { oddSecrets }: IngressRules): FieldError[] => [
  ...each(hosts, at.child('hosts'), hostName),
  ...(oddSecrets ? [] : optionally(secretName, at.child('secretName'), isDns1123Subdomain)),
]

function ingressRule({ host = '', http }: IngressRule, at: FieldPath, known: IngressRules): FieldError[] {
  const errors: FieldError[] = []
  if (parseIp(host)) errors.push(invalid(at.child('host'), host, 'must be a DNS name, not an IP address'))
  if (host) errors.push(...hostName(host, at.child('host')))
  return !http || (host.includes('*') && known.oddWildcards) ? errors : [...errors, ...httpRule(http, at.child('http'), known)]
}

const httpRule = ({ paths }: HTTPIngressRuleValue, at: FieldPath, known: IngressRules): FieldError[] => [
  ...(paths?.length ? [] : [required(at.child('paths'))]),
  ...each(paths, at.child('paths'), (one, place) => httpPath(one, place, known)),
]

const sequences = ['//', '/./', '/../', '%2f', '%2F']
const suffixes = ['/..', '/.']

function httpPath({ pathType, path: target = '', backend }: HTTPIngressPath, at: FieldPath, known: IngressRules): FieldError[] {
  if (pathType === undefined) return [required(at.child('pathType'), 'pathType must be specified')]
  const place = at.child('path')
  const errors: FieldError[] = []
  const relative = !target.startsWith('/')
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (relative) errors.push(invalid(place, target, 'must be an absolute path'))
    for (const part of sequences) if (target.includes(part)) errors.push(invalid(place, target, `must not contain '${part}'`))
    for (const part of suffixes) if (target.endsWith(part)) errors.push(invalid(place, target, `cannot end with '${part}'`))
  } else if (pathType === 'ImplementationSpecific') {
    if (target && relative) errors.push(invalid(place, target, 'must be an absolute path'))
  } else errors.push(notSupported(at.child('pathType'), pathType, ['Exact', 'ImplementationSpecific', 'Prefix']))
  return [...errors, ...ingressBackend(backend ?? {}, at.child('backend'), known)]
}

function ingressBackend({ resource, service }: IngressBackend, at: FieldPath, { digitNames }: IngressRules): FieldError[] {
  if (resource && service) return [invalid(at, '', 'cannot set both resource and service backends')]
  if (resource) return typedReference(resource, at.child('resource'))
  if (!service) return [invalid(at, '', 'resource or service backend is required')]
  const errors = demanded(service.name, at.child('service', 'name'), digitNames ? isDns1123Label : isDns1035Label)
  const { name, number } = service.port ?? {}
  if (name && number) return [...errors, invalid(at, '', 'cannot set both port name & port number')]
  if (name) return [...errors, ...judged(name, at.child('service', 'port', 'name'), isPortName)]
  if (number) return [...errors, ...portNumber(number, at.child('service', 'port', 'number'))]
  return [...errors, required(at, 'port name or number is required')]
}

/** An object of any kind in the same namespace. */
export const typedReference = (
  {
    apiGroup,
    kind,
    name,
  }: { readonly apiGroup?: string | undefined; readonly kind?: string | undefined; readonly name?: string | undefined },
  at: FieldPath,
): FieldError[] => [
  ...(apiGroup === undefined ? [] : judged(apiGroup, at.child('apiGroup'), isDns1123Subdomain)),
  ...demanded(kind, at.child('kind'), isPathSegmentName),
  ...demanded(name, at.child('name'), isPathSegmentName),
]
