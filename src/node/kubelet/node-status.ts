/** The Node object a kubelet registers and keeps up: labels, addresses, capacity, conditions. Pure. */

import { Quantity } from '../../api/meta/quantity.js'
import { formatTime } from '../../api/meta/time.js'
import type { Node, NodeCondition, NodeStatus } from '../../api/types/core-v1.js'
import type { RuntimeInfo } from '../runtime/runtime.js'
import type { KubeletConfig } from './config.js'

export const kubeletVersion = 'v1.36.0'

/** The object to create. */
export function newNode(config: KubeletConfig, info: RuntimeInfo | undefined, nodeIp: string): Node {
  const os = info?.operatingSystem ?? 'linux'
  const arch = info?.architecture ?? 'amd64'
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: config.node,
      labels: {
        'beta.kubernetes.io/arch': arch,
        'beta.kubernetes.io/os': os,
        'kubernetes.io/arch': arch,
        'kubernetes.io/hostname': config.node,
        'kubernetes.io/os': os,
        ...config.labels,
      },
      annotations: nodeAnnotations(info, nodeIp),
    },
    spec: {
      podCIDR: config.podCidr,
      podCIDRs: [config.podCidr],
      ...(config.providerId ? { providerID: config.providerId } : {}),
      ...(config.taints?.length ? { taints: [...config.taints] } : {}),
    },
  }
}

/** What a reader should know of how this node runs pods. */
export function nodeAnnotations(info: RuntimeInfo | undefined, nodeIp: string): Record<string, string> {
  return {
    'alpha.kubernetes.io/provided-node-ip': nodeIp,
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    ...(info ? { 'troupe.dev/runtime-level': info.level, 'troupe.dev/runtime-level-reason': info.reason } : {}),
  }
}

/** The status now; transition times are kept where a condition did not change. */
export function nodeStatus(
  config: KubeletConfig,
  info: RuntimeInfo | undefined,
  nodeIp: string,
  previous: NodeStatus | undefined,
  now: number,
  ready: { readonly ok: boolean; readonly message: string },
): NodeStatus {
  const condition = (type: string, status: boolean, reason: string, message: string): NodeCondition => {
    const known = previous?.conditions?.find((each) => each.type === type)
    const text = status ? 'True' : 'False'
    return {
      type,
      status: text,
      reason,
      message,
      lastHeartbeatTime: formatTime(now),
      lastTransitionTime: known?.status === text && known.lastTransitionTime ? known.lastTransitionTime : formatTime(now),
    }
  }
  const capacity = capacityOf(config, info)
  return {
    addresses: [
      { type: 'InternalIP', address: nodeIp },
      { type: 'Hostname', address: config.node },
    ],
    capacity,
    allocatable: capacity,
    conditions: [
      condition('MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      ready.ok
        ? condition('Ready', true, 'KubeletReady', 'kubelet is posting ready status')
        : condition('Ready', false, 'KubeletNotReady', ready.message),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: info?.architecture ?? 'amd64',
      bootID: info?.bootId ?? '',
      containerRuntimeVersion: `${info?.name ?? 'unknown'}://${info?.version ?? ''}`,
      kernelVersion: info?.kernelVersion ?? '',
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: info?.machineId ?? '',
      operatingSystem: info?.operatingSystem ?? 'linux',
      osImage: info?.osImage ?? '',
      systemUUID: info?.machineId ?? '',
    },
  }
}

function capacityOf(config: KubeletConfig, info: RuntimeInfo | undefined): Record<string, string> {
  const ki = (bytes: number) => Quantity.of(BigInt(Math.floor(bytes / 1024)) * 1024n, 'BinarySI').toString()
  return {
    cpu: String(info?.cpus ?? 1),
    'ephemeral-storage': ki(info?.ephemeralBytes ?? 0),
    memory: ki(info?.memoryBytes ?? 0),
    pods: String(config.maxPods ?? 110),
    ...config.capacity,
  }
}
