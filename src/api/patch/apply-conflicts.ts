/** What an apply is told when others own what it would change: a 409 that names every field and its manager. */
import { ApiError } from '../meta/status.js'
import { type FieldSet, pathsOf } from './field-set.js'
import { sortFieldSet } from './fields-v1.js'
import type { Managed, ManagerRecord } from './managed-fields.js'
import { printPath } from './path-element.js'

/** One field that somebody else owns. */
export interface Conflict {
  readonly manager: ManagerRecord
  readonly path: readonly string[]
}

/** The conflicts, manager by manager in the order of their identities, paths in theirs. */
export function conflictsOf(sets: ReadonlyMap<string, FieldSet>, managed: Managed): Conflict[] {
  return [...sets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, set]) => {
      const manager = managed.get(id)
      return manager === undefined ? [] : [...pathsOf(sortFieldSet(set))].map((path) => ({ manager, path }))
    })
}

/** `"kubectl" with subresource "status" using apps/v1`; appliers have no version. */
function printManager({ manager, operation, apiVersion, subresource }: ManagerRecord): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

/** The 409 for at least one conflict, as NewConflictError formats it. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${printManager(manager)}`,
    field: printPath(path),
  }))
  return new ApiError(409, 'Conflict', conflictText(conflicts), { causes })
}

function conflictText(conflicts: readonly Conflict[]): string {
  const [only] = conflicts
  if (only !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${printManager(only.manager)}: ${printPath(only.path)}`
  const lines: string[] = []
  let last: ManagerRecord | undefined
  for (const { manager, path } of conflicts) {
    if (manager !== last) lines.push(`conflicts with ${printManager(manager)}:`)
    lines.push(`- ${printPath(path)}`)
    last = manager
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}
