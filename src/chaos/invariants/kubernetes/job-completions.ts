/** A Job counts every completion once, none too many, and stops when it is done. */
import { conditionIs } from '../../../api/meta/conditions.js'
import type { Job } from '../../../api/types/batch-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf } from '../world.js'

export const jobCompletions: Invariant = {
  name: 'JobCompletesOnce',
  description:
    'A Job never counts more successes than its completions, never loses one, counts each index once, and when it is complete or failed it stays so.',
  source: 'Kubernetes docs, "Jobs"; KEP-2307 (tracking with finalizers), KEP-2214 (indexed Job)',
  begin: () => ({
    observe({ type, object, previous }) {
      if (type === 'DELETED' || groupKindOf(object) !== 'batch/Job') return undefined
      const before = previous?.metadata.uid === object.metadata.uid ? (previous as Job | undefined) : undefined
      return wrongs(object as Job, before).map((message) => ({ objects: [describeObject(object)], message }))
    },
  }),
}

function wrongs(job: Job, before: Job | undefined): string[] {
  const found: string[] = []
  const { completions, completionMode, successPolicy } = job.spec ?? {}
  const succeeded = job.status?.succeeded ?? 0
  if (completions !== undefined && succeeded > completions) found.push(`${succeeded} succeeded of ${completions} completions`)
  const had = before?.status?.succeeded ?? 0
  if (succeeded < had) found.push(`${succeeded} succeeded, after ${had} had`)
  const isComplete = conditionIs(job.status?.conditions, 'Complete', 'True')
  const isFailed = conditionIs(job.status?.conditions, 'Failed', 'True')
  if (isComplete && isFailed) found.push('both complete and failed')
  if (isComplete && completions !== undefined && successPolicy === undefined && succeeded < completions)
    found.push(`complete with ${succeeded} of ${completions} completions`)
  for (const type of ['Complete', 'Failed'])
    if (conditionIs(before?.status?.conditions, type, 'True') && !conditionIs(job.status?.conditions, type, 'True'))
      found.push(`no longer ${type === 'Complete' ? 'complete' : 'failed'}`)
  if (completionMode === 'Indexed') found.push(...wrongIndexes(job, before))
  return found
}

function wrongIndexes(job: Job, before: Job | undefined): string[] {
  const found: string[] = []
  const indexes = indexesIn(job.status?.completedIndexes)
  const unique = new Set(indexes)
  const completions = job.spec?.completions ?? 0
  if (unique.size < indexes.length) found.push(`an index is completed twice: ${job.status?.completedIndexes}`)
  const outside = indexes.find((index) => index >= completions)
  if (outside !== undefined) found.push(`index ${outside} is completed, of ${completions}`)
  if (unique.size !== (job.status?.succeeded ?? 0))
    found.push(`${job.status?.succeeded ?? 0} succeeded, but ${unique.size} indexes are completed`)
  const lost = indexesIn(before?.status?.completedIndexes).find((index) => !unique.has(index))
  // An elastic Job that was made smaller forgets the indexes above (KEP-3715).
  if (lost !== undefined && lost < completions) found.push(`index ${lost} was completed, and is no longer`)
  return found
}

/** The numbers of `0-2,5`. */
export function indexesIn(text: string | undefined): number[] {
  if (!text) return []
  return text.split(',').flatMap((part) => {
    const [low = 0, high = low] = part.split('-').map(Number)
    return Array.from({ length: high - low + 1 }, (_, at) => low + at)
  })
}
