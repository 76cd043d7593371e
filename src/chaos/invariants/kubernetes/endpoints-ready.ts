/** An EndpointSlice calls ready only what is: pods that exist, are ready and are not asked to go. A controller may lag by a bound. */
import type { Pod, Service } from '../../../api/types/core-v1.js'
import type { Endpoint, EndpointSlice } from '../../../api/types/discovery-v1.js'
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, groupKindOf, uidOf, type World } from '../world.js'
import { isReady, isTerminal } from './pods.js'

export const endpointsReady: Invariant = {
  name: 'EndpointsOnlyReady',
  description: 'An endpoint that an EndpointSlice calls ready is a pod that is ready and not going, but for a bound.',
  source: 'Kubernetes docs, "EndpointSlices", conditions; KEP-1672',
  begin({ reactionMs }) {
    const overdue = new Overdue(reactionMs)
    /** By slice, the endpoints that were marked; by pod, the slices that name it. */
    const marked = new Map<string, Set<string>>()
    const slicesOf = new Map<string, Set<string>>()
    const judge = (slice: EndpointSlice, world: World): void => {
      const uid = uidOf(slice)
      const before = marked.get(uid) ?? new Set<string>()
      const now = new Set<string>()
      const isGone = world.byUid(uid) === undefined
      for (const endpoint of isGone || showsUnready(slice, world) ? [] : (slice.endpoints ?? [])) {
        const wrong = wrongOf(endpoint, slice, world)
        const key = `${uid} ${endpoint.targetRef?.uid}`
        const pod = endpoint.targetRef?.uid ?? ''
        const slices = slicesOf.get(pod)
        if (slices) slices.add(uid)
        else slicesOf.set(pod, new Set([uid]))
        if (!wrong) continue
        now.add(key)
        overdue.mark(key, world, {
          objects: [describeObject(slice), `Pod ${endpoint.targetRef?.namespace}/${endpoint.targetRef?.name}`],
          message: wrong,
        })
      }
      for (const key of before) if (!now.has(key)) overdue.restart(key)
      marked.set(uid, now)
    }
    return {
      observe({ object }, world) {
        const groupKind = groupKindOf(object)
        if (groupKind === 'discovery.k8s.io/EndpointSlice') judge(object as unknown as EndpointSlice, world)
        if (groupKind === 'Pod')
          for (const uid of slicesOf.get(uidOf(object)) ?? []) {
            const slice = world.byUid<EndpointSlice>(uid)
            if (slice) judge(slice, world)
          }
        return undefined
      },
      tick: (world) => overdue.due(world),
    }
  },
}

/** Services may ask for endpoints to be called ready always. */
function showsUnready({ metadata }: EndpointSlice, world: World): boolean {
  const service = world.get<Service>('Service', metadata.namespace, metadata.labels?.['kubernetes.io/service-name'] ?? '')
  return service?.spec?.publishNotReadyAddresses === true
}

function wrongOf({ targetRef, conditions, addresses }: Endpoint, { metadata }: EndpointSlice, world: World): string | undefined {
  // Absent means ready (discovery/v1).
  if (targetRef?.kind !== 'Pod' || conditions?.ready === false) return undefined
  const pod = world.get<Pod>('Pod', targetRef.namespace ?? metadata.namespace, targetRef.name ?? '')
  if (!pod || (targetRef.uid && targetRef.uid !== pod.metadata.uid)) return 'a ready endpoint is a pod that is gone'
  if (isTerminal(pod)) return 'a ready endpoint is a pod that has ended'
  if (pod.metadata.deletionTimestamp) return 'a ready endpoint is a pod that is going'
  if (!isReady(pod)) return 'a ready endpoint is a pod that is not ready'
  const ips = (pod.status?.podIPs ?? []).map(({ ip }) => ip)
  const strange = addresses.find((address) => !ips.includes(address))
  return strange === undefined ? undefined : `a ready endpoint has address ${strange}, its pod ${ips.join(' and ')}`
}
