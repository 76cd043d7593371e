/**
 * A Lease passes from one holder to another only when the first has let it go or let it run out. Leases give no mutual exclusion to those
 * who use them; but a lease itself is taken over by these rules, or nobody could rely on anything.
 */
import type { Lease } from '../../../api/types/coordination-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf, uidOf } from '../world.js'

export const leaseHolder: Invariant = {
  name: 'LeaseOneHolder',
  description:
    'A Lease changes its holder only after it was released or has run out, and then leaseTransitions rises by one; it never falls.',
  source: 'Kubernetes docs, "Leases"; client-go tools/leaderelection (tryAcquireOrRenew)',
  begin({ leaseToleranceMs }) {
    /** When its holder was last seen to renew, by the observer's clock: holders' clocks may be wrong. */
    const renewedMs = new Map<string, number>()
    return {
      observe({ type, object, previous, timeMs }) {
        if (groupKindOf(object) !== 'coordination.k8s.io/Lease') return undefined
        const uid = uidOf(object)
        const last = renewedMs.get(uid)
        const [{ spec }, before] = [object as unknown as Lease, (previous as unknown as Lease | undefined)?.spec]
        if (type === 'DELETED') {
          renewedMs.delete(uid)
          return undefined
        }
        if (!before || spec?.renewTime !== before.renewTime || spec?.holderIdentity !== before.holderIdentity) renewedMs.set(uid, timeMs)
        if (!before) return undefined
        const found: string[] = []
        const [holder, had] = [spec?.holderIdentity ?? '', before.holderIdentity ?? '']
        const [transitions = 0, hadTransitions = 0] = [spec?.leaseTransitions, before.leaseTransitions]
        if (transitions < hadTransitions) found.push(`leaseTransitions falls from ${hadTransitions} to ${transitions}`)
        if (holder !== '' && had !== '' && holder !== had) {
          const agoMs = timeMs - (last ?? timeMs)
          const neededMs = (before.leaseDurationSeconds ?? 0) * 1000 - leaseToleranceMs
          if (agoMs < neededMs)
            found.push(`taken by ${holder} ${agoMs} ms after ${had} had renewed it for ${before.leaseDurationSeconds} s`)
          if (before.leaseTransitions !== undefined && transitions === hadTransitions)
            found.push(`passes from ${had} to ${holder}, and leaseTransitions stays ${transitions}`)
        }
        return found.map((message) => ({ objects: [describeObject(object)], message }))
      },
    }
  },
}
