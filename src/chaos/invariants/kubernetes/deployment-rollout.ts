/**
 * A rollout keeps between its bounds: judged where the Deployment controller acts, which is on the replicas of ReplicaSets. Raising one
 * may not lead above replicas + maxSurge; lowering one may not lead below replicas - maxUnavailable available, if there were that many.
 */
import { scaledValue } from '../../../api/meta/int-or-string.js'
import { controllerOf } from '../../../api/meta/owner-references.js'
import type { Deployment, ReplicaSet } from '../../../api/types/apps-v1.js'
import type { Finding, Invariant } from '../invariant.js'
import { describeObject, groupKindOf, type World } from '../world.js'
import { Specs } from './specs.js'

export const deploymentRollout: Invariant = {
  name: 'DeploymentWithinBounds',
  description:
    'A rolling Deployment never scales its ReplicaSets up beyond replicas + maxSurge, nor down so that fewer than replicas - maxUnavailable are available.',
  source: 'Kubernetes docs, "Rolling Update Deployment"; pkg/controller/deployment/rolling.go',
  begin() {
    const specs = new Specs<Deployment>('apps/Deployment')
    return {
      observe({ type, object, previous }, world) {
        if (specs.see(object)) {
          if (type === 'DELETED') specs.forget(object)
          return undefined
        }
        if (type === 'DELETED' || groupKindOf(object) !== 'apps/ReplicaSet') return undefined
        const owner = controllerOf(object)
        const versions = specs.of(owner?.uid ?? '').filter(({ spec }) => spec?.strategy?.type !== 'Recreate' && !spec?.paused)
        if (!owner || versions.length === 0) return undefined
        const replicas = (object as ReplicaSet).spec?.replicas ?? 0
        const before = (previous as ReplicaSet | undefined)?.spec?.replicas ?? 0
        const sets = world.dependents<ReplicaSet>(owner.uid, 'apps/ReplicaSet')
        const messages =
          replicas > before ? tooMany(sets, versions) : replicas < before ? tooFew(sets, object as ReplicaSet, before, versions, world) : []
        return messages.map(
          (message): Finding => ({ objects: [`Deployment ${object.metadata.namespace}/${owner.name}`, describeObject(object)], message }),
        )
      },
    }
  },
}

function tooMany(sets: readonly ReplicaSet[], versions: readonly Deployment[]): string[] {
  const total = sum(sets, ({ spec }) => spec?.replicas ?? 0)
  const bound = Math.max(...versions.map((version) => rollingBounds(version).most))
  return total > bound ? [`scaled up to ${total} replicas in all, but at most ${bound} may be`] : []
}

/** Under a fault pods come and go while the controller decides: then it is not judged by what it could not know. */
function tooFew(sets: readonly ReplicaSet[], scaled: ReplicaSet, before: number, versions: readonly Deployment[], world: World): string[] {
  if (world.faults > 0) return []
  const bound = Math.min(...versions.map((version) => rollingBounds(version).least))
  // ReplicaSets give up what is not available first.
  const available = (set: ReplicaSet, replicas = set.spec?.replicas ?? 0): number => Math.min(set.status?.availableReplicas ?? 0, replicas)
  const after = sum(sets, (set) => available(set))
  const was = after - available(scaled) + available(scaled, before)
  return was >= bound && after < bound ? [`scaled down from ${was} to ${after} available replicas, but at least ${bound} must be`] : []
}

/** The least available and the most replicas that a rollout may have (deploymentutil.ResolveFenceposts). */
export function rollingBounds({ spec }: Deployment): { readonly least: number; readonly most: number } {
  const replicas = spec?.replicas ?? 1
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, replicas, true)
  const unavailable = scaledValue(maxUnavailable, replicas, false)
  return { most: replicas + surge, least: replicas - (surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas)) }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
