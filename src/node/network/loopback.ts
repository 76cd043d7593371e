/**
 * The loopback network: every pod has an address of its own in 127.0.0.0/8, so that it works without root, namespaces or a
 * daemon. All addresses are the machine's, so programs must bind their own: they are told it, and Node and Python programs
 * are made to (runtime/drivers/process/programs.ts). Here: the files and variables that tell a pod its place. Pure.
 */
import type { Pod } from '../../api/types/core-v1.js'

/** The host name a pod sees (kubelet GeneratePodHostNameAndDomain). */
export function podHostname(pod: Pod): string {
  const { hostname, hostnameOverride } = pod.spec ?? {}
  const name = hostnameOverride || hostname || pod.metadata.name
  return name.slice(0, 63).replace(/[-.]+$/, '')
}

/** Variables every container of a pod gets, whatever its spec says; usable as $(POD_IP) in its arguments. */
export function networkEnvironment(ip: string): { name: string; value: string }[] {
  return [
    { name: 'POD_IP', value: ip },
    { name: 'HOST', value: ip },
  ]
}

export interface NameService {
  /** Address of the cluster's DNS server; absent: names are not resolved by it. */
  readonly clusterDns?: string | undefined
  /** Usually cluster.local. */
  readonly clusterDomain: string
}

/**
 * A pod's /etc/hosts. Where upstream writes 127.0.0.1 for localhost this has the pod's own address, because 127.0.0.1 is
 * shared by all pods of the machine.
 */
export function hostsFile(pod: Pod, ip: string, { clusterDomain }: NameService): string {
  const name = podHostname(pod)
  const subdomain = pod.spec?.subdomain
  const full = subdomain ? `${name}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t` : ''
  const lines = [
    '# Kubernetes-managed hosts file.',
    `${ip}\tlocalhost`,
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${ip}\t${full}${name}`,
  ]
  const aliases = pod.spec?.hostAliases ?? []
  if (aliases.length)
    lines.push('', '# Entries added by HostAliases.', ...aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}`))
  return `${lines.join('\n')}\n`
}

/** A pod's /etc/resolv.conf by its dnsPolicy and dnsConfig; undefined: the host's own. */
export function resolvConf(pod: Pod, { clusterDns, clusterDomain }: NameService): string | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {}, hostNetwork } = pod.spec ?? {}
  const cluster = clusterDns !== undefined && (dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork))
  if (!cluster && dnsPolicy !== 'None') return undefined
  const nameservers = [...(cluster ? [clusterDns] : []), ...(dnsConfig.nameservers ?? [])]
  const searches = [
    ...(cluster ? [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain] : []),
    ...(dnsConfig.searches ?? []),
  ]
  const options = new Map<string, string | undefined>(cluster ? [['ndots', '5']] : [])
  for (const { name, value } of dnsConfig.options ?? []) if (name) options.set(name, value)
  const lines = nameservers.slice(0, 3).map((server) => `nameserver ${server}`)
  if (searches.length) lines.unshift(`search ${[...new Set(searches)].join(' ')}`)
  if (options.size)
    lines.push(`options ${[...options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`)).join(' ')}`)
  return `${lines.join('\n')}\n`
}
