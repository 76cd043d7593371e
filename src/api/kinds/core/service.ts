/** Service: pkg/registry/core/service/strategy.go and SetDefaults_Service. Addresses and ports are given out by the API server. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { serviceRow } from '../../printers/networking.js'
import type { Service, ServiceSpec, ServiceStatus } from '../../types/core-v1.js'
import { validateService, validateServiceStatusUpdate, validateServiceUpdate } from '../../validation/core/service.js'
import { keepStatus } from '../carry-over.js'
import { saysTheSame } from '../equality.js'
import { serviceWarnings } from './service-warnings.js'

const affinitySeconds = 10_800

export const serviceStrategy: Strategy = {
  applyDefaults,
  prepareForCreate: (object) => {
    object.status = {}
  },
  prepareForUpdate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: serviceWarnings,
  nameRule: 'dns-1035-label',
  allowCreateOnUpdate: true,
  selectableFields: {
    'spec.clusterIP': (object) => (object as Service).spec?.clusterIP ?? '',
    'spec.type': (object) => (object as Service).spec?.type ?? '',
  },
  resetFields: { main: ['status'], status: ['spec'] },
  ...printed('Service', serviceRow),
}

function applyDefaults(object: KubeObject): void {
  const service = object as Service
  const spec = (service.spec ??= {})
  spec.sessionAffinity ||= 'None'
  defaultAffinity(spec)
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    port.targetPort ||= port.port
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type !== 'LoadBalancer') return
  spec.allocateLoadBalancerNodePorts ??= true
  defaultIngress(service.status)
}

function defaultAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity !== 'ClientIP' || spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySeconds } }
}

function defaultIngress(status: ServiceStatus | undefined): void {
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
}

/** Whether it can be reached from outside the cluster through nodes, a balancer or addresses of its own. */
function isExternallyAccessible({ type, externalIPs }: ServiceSpec): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0)
}

function prepareForUpdate(object: KubeObject, old: KubeObject): void {
  keepStatus(object, old)
  const [spec, before] = [(object as Service).spec, (old as Service).spec]
  if (spec && before) dropWithType(spec, before)
}

/** What the old type had and the new one cannot have goes, unless the client changed it too, which is for validation (dropTypeDependentFields). */
function dropWithType(spec: ServiceSpec, old: ServiceSpec): void {
  const same = (name: keyof ServiceSpec): boolean => saysTheSame(spec[name], old[name])
  if (hasClusterIp(old) && !hasClusterIp(spec)) {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const)
      if (same(name)) delete spec[name]
  }
  if (hasNodePorts(old) && !hasNodePorts(spec) && sameNodePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort
  if (hasHealthPort(old) && !hasHealthPort(spec) && same('healthCheckNodePort')) delete spec.healthCheckNodePort
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer')
    for (const name of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) if (same(name)) delete spec[name]
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec) && same('externalTrafficPolicy')) delete spec.externalTrafficPolicy
}

function hasClusterIp({ type }: ServiceSpec): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'
}
function hasNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
}
function hasHealthPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}
function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const given = (spec.ports ?? []).flatMap(({ nodePort }) => nodePort || [])
  const had = new Set((old.ports ?? []).map(({ nodePort }) => nodePort))
  return given.every((port) => had.has(port))
}
