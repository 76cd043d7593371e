/** What a client is warned of in a Service (pkg/api/service/warnings.go). */
import type { KubeObject } from '../../meta/object.js'
import type { Service, ServiceSpec } from '../../types/core-v1.js'

const topologyHints = 'service.kubernetes.io/topology-aware-hints'
const topologyMode = 'service.kubernetes.io/topology-mode'

export function serviceWarnings(object: KubeObject): string[] {
  const { metadata, spec = {} } = object as Service
  const isHeadless = spec.type === 'ClusterIP' && spec.clusterIP === 'None'
  return [
    ...(metadata.annotations?.[topologyHints] === undefined
      ? []
      : [`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`]),
    ...(isHeadless ? headlessWarnings(spec) : []),
    ...typeWarnings(spec, isHeadless),
    ...(spec.trafficDistribution === 'PreferClose' ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'] : []),
  ]
}

function headlessWarnings({ loadBalancerIP, externalIPs, sessionAffinity }: ServiceSpec): string[] {
  return [
    ...(loadBalancerIP ? ['spec.loadBalancerIP is ignored for headless services'] : []),
    ...(externalIPs?.length ? ['spec.externalIPs is ignored for headless services'] : []),
    ...(sessionAffinity === 'None' ? [] : ['spec.SessionAffinity is ignored for headless services']),
  ]
}

function typeWarnings({ type, externalIPs, externalName }: ServiceSpec, isHeadless: boolean): string[] {
  const isExternal = type === 'ExternalName'
  const texts: string[] = []
  if (externalIPs?.length && !isHeadless && !isExternal)
    texts.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  if (externalIPs?.length && isExternal) texts.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (!isExternal && externalName) texts.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  return texts
}
