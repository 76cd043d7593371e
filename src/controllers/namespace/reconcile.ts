/** The conditions of a namespace that is being emptied (pkg/controller/namespace/deletion/status_condition_utils.go), pure. */
import type { NamespaceCondition } from '../../api/types/core-v1.js'
import type { Discovery } from '../../client/discovery.js'
import { formatTime } from '../../client/time.js'

/** What emptying a namespace came to. */
export interface Emptying {
  readonly failures: Discovery['failures']
  readonly deletionErrors: readonly string[]
  /** Objects left, by resource as 'deployments.apps' ('pods.' for the core group, as upstream prints it). */
  readonly remaining: ReadonlyMap<string, number>
  /** Objects left that have this finalizer. */
  readonly finalizers: ReadonlyMap<string, number>
}

interface Rule {
  readonly type: string
  readonly fine: readonly [reason: string, message: string]
  readonly wrong: (emptying: Emptying) => readonly [reason: string, message: string] | undefined
}

const rules: readonly Rule[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    fine: ['ResourcesDiscovered', 'All resources successfully discovered'],
    wrong: ({ failures }) => {
      const list = failures.map(({ groupVersion, message }) => `${groupVersion}: ${message}`).join(', ')
      return failures.length > 0
        ? [
            'DiscoveryFailed',
            `Discovery failed for some groups, ${failures.length} failing: unable to retrieve the complete list of server APIs: ${list}`,
          ]
        : undefined
    },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    fine: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    wrong: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    fine: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    wrong: ({ deletionErrors, remaining }) =>
      deletionErrors.length > 0
        ? ['ContentDeletionFailed', `Failed to delete all resource types, ${remaining.size} remaining: ${deletionErrors.join(', ')}`]
        : undefined,
  },
  {
    type: 'NamespaceContentRemaining',
    fine: ['ContentRemoved', 'All content successfully removed'],
    wrong: ({ remaining }) => {
      const list = [...remaining].sort(byName).map(([name, count]) => `${name} has ${count} resource instances`)
      return list.length > 0 ? ['SomeResourcesRemain', `Some resources are remaining: ${list.join(', ')}`] : undefined
    },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    fine: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    wrong: ({ finalizers }) => {
      const list = [...finalizers].sort(byName).map(([name, count]) => `${name} in ${count} resource instances`)
      return list.length > 0
        ? ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${list.join(', ')}`]
        : undefined
    },
  },
]

/** The conditions after an attempt; an object that is equal to `current` element by element when nothing changed. */
export function emptyingConditions(current: readonly NamespaceCondition[], emptying: Emptying, now: number): NamespaceCondition[] {
  const others = current.filter(({ type }) => !rules.some((rule) => rule.type === type))
  const ours = rules.map(({ type, fine, wrong }) => {
    const trouble = wrong(emptying)
    const [reason, message] = trouble ?? fine
    const status = trouble ? 'True' : 'False'
    const known = current.find((one) => one.type === type)
    return { type, status, reason, message, lastTransitionTime: known?.status === status ? known.lastTransitionTime : formatTime(now) }
  })
  return [...others, ...ours]
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
