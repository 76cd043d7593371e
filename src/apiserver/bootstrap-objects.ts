/** The objects that every cluster has from the start, as data; see bootstrap.ts for how they get there. */
import type { BootstrapObject } from './resource/options.js'

export interface KubernetesService {
  /** The cluster address of default/kubernetes. */
  readonly address: string
  readonly advertise: { readonly ip: string; readonly port: number }
  readonly serviceCidrs: readonly string[]
  /** Data of the ConfigMap extension-apiserver-authentication. */
  readonly authenticationConfig: Readonly<Record<string, string>>
}

const namespaceNames = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const serviceLabels = { component: 'apiserver', provider: 'kubernetes' }
const port = { name: 'https', port: 443, protocol: 'TCP' }

/** In the order in which they are made: namespaces before what is in them. */
export function systemObjects(service: KubernetesService): BootstrapObject[] {
  return [
    ...namespaceNames.map((name) => namespace(name)),
    priorityClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    kubernetesService(service),
    kubernetesEndpoints(service),
    kubernetesEndpointSlice(service),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'kubernetes' },
      spec: { cidrs: [...service.serviceCidrs] },
      status: readyCidr,
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
      data: service.authenticationConfig,
    },
  ]
}

const readyCidr = {
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: '',
      message: 'Kubernetes default Service CIDR is ready',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    },
  ],
}

function namespace(name: string): BootstrapObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
}

function priorityClass(name: string, value: number, description: string): BootstrapObject {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  }
}

function kubernetesService({ address, advertise }: KubernetesService): BootstrapObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: serviceLabels },
    spec: {
      type: 'ClusterIP',
      clusterIP: address,
      clusterIPs: [address],
      ports: [{ ...port, targetPort: advertise.port }],
      sessionAffinity: 'None',
      ipFamilies: [familyOf(address)],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  }
}

function kubernetesEndpoints({ advertise }: KubernetesService): BootstrapObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: advertise.ip }], ports: [{ ...port, port: advertise.port }] }],
  }
}

function kubernetesEndpointSlice({ advertise }: KubernetesService): BootstrapObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: familyOf(advertise.ip),
    endpoints: [{ addresses: [advertise.ip], conditions: { ready: true } }],
    ports: [{ ...port, port: advertise.port }],
  }
}

function familyOf(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}
