/** A kubelet's configuration: plain data, sent to its thread when it starts. */
import type { Taint } from '../../api/types/core-v1.js'

export interface KubeletConfig {
  /** The node's name. */
  readonly node: string
  readonly runtime: 'process' | 'sim'
  /** Absolute path for this node's volumes and logs; its parent must exist. */
  readonly directory: string
  /** Of the runtime server; runtime 'process' only. */
  readonly socket?: string
  /** Pod addresses, such as 127.244.1.0/24; the first ten are the node's. */
  readonly podCidr: string
  /** The node's InternalIP; default: the first address of podCidr. */
  readonly nodeIp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  readonly clusterDns?: string
  readonly clusterDomain?: string
  /** Pods this node takes; default 110. */
  readonly maxPods?: number
  /** Overrides what the runtime says the machine has. */
  readonly capacity?: Readonly<Record<string, string>>
  /** Where the API server can be reached from pods' point of view; shown in no object. */
  readonly providerId?: string
}

/** Addresses at the start of a node's range that no pod gets. */
export const reservedAddresses = 10
