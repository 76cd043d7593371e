/** Which endpoint a new connection goes to: by chance, or where its client went before. Pure but for the Random it is given. */
import type { Random } from '../../base/random.js'
import { contains, parseCidr } from '../network/ipam.js'
import { type Forward, forwardKey, type NodeRange, type Target } from './rules.js'

export interface Balancer {
  /** The endpoint for this client at `now` (milliseconds); `avoid` holds endpoints that have just failed. */
  pick(forward: Forward, clientIp: string, now: number, avoid?: ReadonlySet<Target>): Target | undefined
  /** Where clients are, for Services that stay on their client's node. */
  setNodes(ranges: readonly NodeRange[], own: string): void
}

/** Clients remembered for session affinity; the longest silent go first. */
const affinityClientsMax = 100_000

export function createBalancer(random: Random): Balancer {
  let ranges: readonly { readonly node: string; readonly cidr: ReturnType<typeof parseCidr> }[] = []
  let own = ''
  const sticky = new Map<string, { target: string; until: number }>()
  const nodeOf = (ip: string) => ranges.find(({ cidr }) => contains(cidr, ip))?.node ?? own
  return {
    setNodes(nodes, self) {
      ranges = nodes.map(({ node, podCidr }) => ({ node, cidr: parseCidr(podCidr) }))
      own = self
    },
    pick(forward, clientIp, now, avoid) {
      const reachable = forward.reach === 'client' ? forward.targets.filter(({ node }) => node === nodeOf(clientIp)) : forward.targets
      const fresh = reachable.filter((target) => !avoid?.has(target))
      if (!fresh.length) return undefined
      if (!forward.affinitySeconds) return random.pick(fresh)
      const key = `${forwardKey(forward)} ${clientIp}`
      const known = sticky.get(key)
      const same = known && known.until > now ? fresh.find(({ ip, port }) => `${ip}:${port}` === known.target) : undefined
      const target = same ?? random.pick(fresh)
      sticky.delete(key)
      sticky.set(key, { target: `${target.ip}:${target.port}`, until: now + forward.affinitySeconds * 1000 })
      for (const oldest of sticky.keys()) {
        if (sticky.size <= affinityClientsMax) break
        sticky.delete(oldest)
      }
      return target
    },
  }
}
