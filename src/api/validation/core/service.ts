/** Service: types, ports, addresses, and what may change of them. What the server gives out itself is not yet there. */
import type { KubeObject } from '../../meta/object.js'
import type { Service, ServicePort, ServiceSpec } from '../../types/core-v1.js'
import { demandedOneOf, dnsLabel, each, judged, kubeMeta, oneOf, portNumber, portOrName, qualifiedName } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { parseIp, validateLegacyCidr, validateLegacyIp } from '../ip.js'
import { isDns1123Subdomain } from '../names.js'
import { validateLabels } from '../object-meta.js'
import { protocols } from './container.js'
import { usableIp } from './endpoints.js'
import { clusterIps, clusterIpsUpdate, ipFamiliesUpdate, isHeadless } from './service-addresses.js'

const specPath = field('spec')
const specOf = (object: KubeObject): ServiceSpec => (object as Service).spec ?? {}
const annotationsPath = field('metadata', 'annotations')

export const validateService = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...service(object, undefined)]

export function validateServiceUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [spec, old] = [specOf(object), specOf(before)]
  const movesHealthCheck =
    needsHealthCheck(old) && needsHealthCheck(spec) && (spec.healthCheckNodePort ?? 0) !== (old.healthCheckNodePort ?? 0)
  return [
    ...kubeMeta(object.metadata),
    ...clusterIpsUpdate(spec, old),
    ...ipFamiliesUpdate(spec, old),
    ...loadBalancerClass(spec, old),
    ...(movesHealthCheck ? [forbiddenField(specPath.child('healthCheckNodePort'), 'field is immutable')] : []),
    ...service(object, before),
  ]
}

export function validateServiceStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const { spec, status } = object as Service
  const path = field('status', 'loadBalancer', 'ingress')
  const ingress = status?.loadBalancer?.ingress ?? []
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer')
    return [...kubeMeta(object.metadata), forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")]
  const known = ((before as Service).status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
  const errors = each(ingress, path, ({ ip, ipMode, hostname }, at) => {
    const found = ip ? validateLegacyIp(at.child('ip'), ip, false, known) : []
    if (ip && ipMode === undefined) found.push(required(at.child('ipMode'), 'must be specified when `ip` is set'))
    else if (!ip && ipMode !== undefined) found.push(forbiddenField(at.child('ipMode'), 'may not be specified when `ip` is not set'))
    else if (ipMode !== undefined) found.push(...oneOf(ipMode, at.child('ipMode'), ['Proxy', 'VIP']))
    if (!hostname) return found
    found.push(...judged(hostname, at.child('hostname'), isDns1123Subdomain))
    return parseIp(hostname) ? [...found, invalid(at.child('hostname'), hostname, 'must be a DNS name, not an IP address')] : found
  })
  return [...kubeMeta(object.metadata), ...errors]
}

/** ExternallyAccessible: from nodes, a balancer or addresses of its own. */
const isExternal = ({ type, externalIPs }: ServiceSpec): boolean =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0)
const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

function service(object: KubeObject, before: KubeObject | undefined): FieldError[] {
  const spec = specOf(object)
  const old = before && specOf(before)
  return [
    ...topologyAnnotations(object),
    ...byType(spec),
    ...ports(spec, specPath.child('ports')),
    ...validateLabels(spec.selector, specPath.child('selector')),
    ...sessionAffinity(spec, specPath),
    ...clusterIps(spec, old),
    ...each(spec.externalIPs, specPath.child('externalIPs'), (ip, at) => {
      const wrong = validateLegacyIp(at, ip, false, old?.externalIPs ?? [])
      return wrong.length > 0 ? wrong : usableIp(ip, at)
    }),
    ...demandedOneOf(spec.type, specPath.child('type'), ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...uniquePorts(spec, specPath.child('ports')),
    ...sourceRanges(object, before),
    ...(spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer'
      ? [forbiddenField(specPath.child('allocateLoadBalancerNodePorts'), "may only be used when `type` is 'LoadBalancer'")]
      : []),
    ...(spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === undefined
      ? [required(field('allocateLoadBalancerNodePorts'))]
      : []),
    ...loadBalancerClass(spec, undefined),
    ...trafficPolicies(spec),
  ]
}

const hints = 'service.kubernetes.io/topology-aware-hints'
const mode = 'service.kubernetes.io/topology-mode'

function topologyAnnotations({ metadata: { annotations } }: KubeObject): FieldError[] {
  const [old, value] = [annotations?.[hints], annotations?.[mode]]
  if (old === undefined || value === undefined || old === value) return []
  return [invalid(annotationsPath.key(mode), value, `must match annotations[${hints}] when both are specified`)]
}

function byType(spec: ServiceSpec): FieldError[] {
  const { type } = spec
  const headless = isHeadless(spec)
  const errors: FieldError[] = []
  if (!spec.ports?.length && !headless && type !== 'ExternalName') errors.push(required(specPath.child('ports')))
  if (headless && (type === 'LoadBalancer' || type === 'NodePort'))
    errors.push(invalid(specPath.child('clusterIPs').index(0), 'None', `may not be set to 'None' for ${type} services`))
  if (type !== 'ExternalName') return errors
  const refused = [
    ...(spec.clusterIPs?.length ? ['clusterIPs'] : []),
    ...(spec.ipFamilies?.length ? ['ipFamilies'] : []),
    ...(spec.ipFamilyPolicy === undefined ? [] : ['ipFamilyPolicy']),
  ]
  errors.push(...refused.map((name) => forbiddenField(specPath.child(name), 'may not be set for ExternalName services')))
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  const at = specPath.child('externalName')
  return [...errors, ...(name ? judged(name, at, isDns1123Subdomain) : [required(at)])]
}

function ports({ ports: list }: ServiceSpec, path: FieldPath): FieldError[] {
  const names = new Set<string>()
  return each(list, path, ({ name, port, protocol, targetPort, appProtocol }: ServicePort, at) => {
    const errors = name ? dnsLabel(name, at.child('name')) : (list?.length ?? 0) > 1 ? [required(at.child('name'))] : []
    if (name && names.has(name)) errors.push(duplicate(at.child('name'), name))
    if (name) names.add(name)
    return [
      ...errors,
      ...portNumber(port, at.child('port')),
      ...demandedOneOf(protocol, at.child('protocol'), protocols),
      ...portOrName(targetPort, at.child('targetPort')),
      ...(appProtocol === undefined ? [] : qualifiedName(appProtocol, at.child('appProtocol'))),
    ]
  })
}

function uniquePorts({ type, ports: list }: ServiceSpec, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  const isNew = (key: string): boolean => !seen.has(key) && seen.add(key) !== undefined
  return [
    ...each(list, path, ({ nodePort }, at) =>
      nodePort && type === 'ClusterIP' ? [forbiddenField(at.child('nodePort'), "may not be used when `type` is 'ClusterIP'")] : [],
    ),
    ...each(list, path, ({ protocol, nodePort }, at) =>
      nodePort && !isNew(`node ${protocol} ${nodePort}`) ? [duplicate(at.child('nodePort'), nodePort)] : [],
    ),
    ...each(list, path, ({ protocol, port }, at) =>
      isNew(`${protocol} ${port}`)
        ? []
        : [duplicate(at, { Name: '', Protocol: protocol ?? '', AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 })],
    ),
  ]
}

const affinitySecondsMax = 86400

function sessionAffinity({ sessionAffinity: type, sessionAffinityConfig: config }: ServiceSpec, path: FieldPath): FieldError[] {
  const errors = demandedOneOf(type, path.child('sessionAffinity'), ['ClientIP', 'None'])
  const at = path.child('sessionAffinityConfig')
  if (type === 'None' && config) return [...errors, forbiddenField(at, 'must not be set when session affinity is None')]
  if (type !== 'ClientIP') return errors
  const missing = (where: FieldPath): FieldError[] => [...errors, required(where, 'when session affinity type is ClientIP')]
  if (!config) return missing(at)
  if (!config.clientIP) return missing(at.child('clientIP'))
  const seconds = config.clientIP.timeoutSeconds
  if (seconds === undefined) return missing(at.child('clientIP', 'timeoutSeconds'))
  if (seconds > 0 && seconds <= affinitySecondsMax) return errors
  return [...errors, invalid(at.child('clientIP', 'timeoutSeconds'), seconds, `must be greater than 0 and less than ${affinitySecondsMax}`)]
}

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'

function sourceRanges(object: KubeObject, before: KubeObject | undefined): FieldError[] {
  const { type, loadBalancerSourceRanges: ranges = [] } = specOf(object)
  const annotation = object.metadata.annotations?.[rangesAnnotation]
  const wrongType = (at: FieldPath): FieldError[] =>
    type === 'LoadBalancer' ? [] : [forbiddenField(at, "may only be used when `type` is 'LoadBalancer'")]
  if (ranges.length > 0) {
    const at = specPath.child('LoadBalancerSourceRanges')
    const known = ((before && specOf(before).loadBalancerSourceRanges) ?? []).map((range) => range.trim())
    return [...wrongType(at), ...each(ranges, at, (range, place) => validateLegacyCidr(place, range.trim(), false, known))]
  }
  if (annotation === undefined) return []
  const at = annotationsPath.key(rangesAnnotation)
  if (annotation.trim() === '' || before?.metadata.annotations?.[rangesAnnotation] === annotation) return wrongType(at)
  return [...wrongType(at), ...annotation.split(',').flatMap((range) => validateLegacyCidr(at, range.trim()))]
}

function loadBalancerClass({ type, loadBalancerClass: name }: ServiceSpec, old: ServiceSpec | undefined): FieldError[] {
  const at = specPath.child('loadBalancerClass')
  const balanced = type === 'LoadBalancer'
  const changed = old?.type === 'LoadBalancer' && balanced && old.loadBalancerClass !== name
  const errors = changed ? [invalid(at, name ?? null, 'may not change once set')] : []
  if (name === undefined) return errors
  return [...errors, ...(balanced ? qualifiedName(name, at) : [forbiddenField(at, "may only be used when `type` is 'LoadBalancer'")])]
}

function trafficPolicies(spec: ServiceSpec): FieldError[] {
  const {
    type = '',
    externalTrafficPolicy: external,
    internalTrafficPolicy: internal,
    healthCheckNodePort: healthPort,
    trafficDistribution,
  } = spec
  const at = (name: string): FieldPath => specPath.child(name)
  const errors: FieldError[] = []
  if (isExternal(spec)) errors.push(...demandedOneOf(external, at('externalTrafficPolicy'), ['Cluster', 'Local']))
  else if (external) errors.push(invalid(at('externalTrafficPolicy'), external, 'may only be set for externally-accessible services'))
  if (needsHealthCheck(spec))
    errors.push(...(healthPort ? portNumber(healthPort, at('healthCheckNodePort')) : [required(at('healthCheckNodePort'))]))
  else if (healthPort)
    errors.push(
      invalid(
        at('healthCheckNodePort'),
        healthPort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    )
  if (internal === undefined && ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(type)) errors.push(required(at('internalTrafficPolicy')))
  if (internal !== undefined) errors.push(...oneOf(internal, at('internalTrafficPolicy'), ['Cluster', 'Local']))
  if (trafficDistribution !== undefined)
    errors.push(...oneOf(trafficDistribution, at('trafficDistribution'), ['PreferClose', 'PreferSameZone', 'PreferSameNode']))
  return errors
}
