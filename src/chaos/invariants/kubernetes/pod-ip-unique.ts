/** No two live pods have the same address, but for those on their node's own network. */
import type { Pod } from '../../../api/types/core-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf, uidOf } from '../world.js'
import { isTerminal } from './pods.js'

export const podIpUnique: Invariant = {
  name: 'PodIpUnique',
  description: 'No two pods that have not ended share an IP, unless they use the network of their node.',
  source: 'Kubernetes docs, "The Kubernetes network model"',
  begin() {
    const holders = new Map<string, Map<string, string>>()
    const held = new Map<string, readonly string[]>()
    return {
      observe({ type, object }) {
        if (groupKindOf(object) !== 'Pod') return undefined
        const pod = object as unknown as Pod
        const uid = uidOf(pod)
        for (const ip of held.get(uid) ?? []) holders.get(ip)?.delete(uid)
        held.delete(uid)
        if (type === 'DELETED' || isTerminal(pod) || pod.spec?.hostNetwork) return undefined
        const ips = (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
        held.set(uid, ips)
        return ips.flatMap((ip) => {
          const known = holders.get(ip) ?? new Map<string, string>()
          holders.set(ip, known.set(uid, describeObject(pod)))
          return known.size > 1 ? [{ objects: [...known.values()].sort(), message: `share the address ${ip}` }] : []
        })
      },
    }
  },
}
