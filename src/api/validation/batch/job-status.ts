/** A Job's status: what an unfinished, a finished and a failed Job can be, and what does not go back. */
import type { KubeObject } from '../../meta/object.js'
import { parseTime } from '../../meta/time.js'
import type { Job, JobStatus } from '../../types/batch-v1.js'
import { each, kubeMeta, nonNegative, same } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { commonIndex, IndexError, indexCount } from './indexes.js'

const path = field('status')
const isTrue = ({ conditions }: JobStatus, type: string): boolean =>
  (conditions ?? []).some((one) => one.type === type && one.status === 'True')
const said = (name: string, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: path.child(name).text,
  detail: `Invalid value: ${why}`,
})

export function validateJobStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [job, old] = [object as Job, before as Job]
  const [status, was] = [job.status ?? {}, old.status ?? {}]
  return [
    ...kubeMeta(object.metadata),
    ...counts(status),
    ...finished(status, was),
    ...indexes(job, old),
    ...criteria(job),
    ...kept(job, was),
  ]
}

function counts(status: JobStatus): FieldError[] {
  const uids = new Set<string>()
  const uid = (value: string, at: FieldPath): FieldError[] => {
    if (value === '') return [invalid(at, value, 'must not be empty')]
    if (uids.has(value)) return [duplicate(at, value)]
    uids.add(value)
    return []
  }
  const { uncountedTerminatedPods: uncounted } = status
  return [
    ...(['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((name) => nonNegative(status[name], path.child(name))),
    ...each(uncounted?.succeeded, path.child('uncountedTerminatedPods', 'succeeded'), uid),
    ...each(uncounted?.failed, path.child('uncountedTerminatedPods', 'failed'), uid),
  ]
}

/** Rules about ends; each is only held against a change that breaks it. */
function finished(status: JobStatus, was: JobStatus): FieldError[] {
  const complete = isTrue(status, 'Complete')
  const failed = isTrue(status, 'Failed')
  const over = complete || failed
  const { completionTime: ended, startTime: started, active = 0, terminating = 0, ready = 0, uncountedTerminatedPods: uncounted } = status
  const changed = !same(status.conditions, was.conditions)
  const errors: FieldError[] = []
  const when = (wrong: boolean, error: () => FieldError): void => {
    if (wrong) errors.push(error())
  }
  const conditions = (why: string) => (): FieldError => said('conditions', why)
  when(complete && failed && changed, conditions('cannot set Complete=True and Failed=true conditions'))
  when(complete && isTrue(status, 'FailureTarget') && changed, conditions('cannot set Complete=True and FailureTarget=true conditions'))
  when(ended !== undefined && !complete && ended !== was.completionTime, () =>
    invalid(path.child('completionTime'), ended, 'cannot set completionTime when there is no Complete=True condition'),
  )
  when(ended === undefined && complete && (changed || was.completionTime !== undefined), () =>
    required(path.child('completionTime'), 'completionTime is required for Complete jobs'),
  )
  when(started !== undefined && ended !== undefined && (parseTime(ended) ?? 0) < (parseTime(started) ?? 0), () =>
    invalid(path.child('completionTime'), ended, 'completionTime cannot be set before startTime'),
  )
  when(
    failed && !isTrue(status, 'FailureTarget') && !isTrue(was, 'Failed'),
    conditions('cannot set Failed=True condition without the FailureTarget=true condition'),
  )
  when(
    complete && !isTrue(status, 'SuccessCriteriaMet') && !isTrue(was, 'Complete'),
    conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
  )
  const ends = over && !(isTrue(was, 'Complete') || isTrue(was, 'Failed'))
  when(over && active > 0 && (ends || active !== (was.active ?? 0)), () =>
    invalid(path.child('active'), active, 'active>0 is invalid for finished job'),
  )
  when(over && started === undefined && (ends || was.startTime !== undefined), () =>
    required(path.child('startTime'), 'startTime is required for finished job'),
  )
  when(
    over &&
      (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0) > 0 &&
      (ends || !same(uncounted, was.uncountedTerminatedPods)),
    () =>
      invalid(
        path.child('uncountedTerminatedPods'),
        { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null },
        'uncountedTerminatedPods needs to be empty for finished job',
      ),
  )
  when(over && terminating > 0 && (ends || terminating !== (was.terminating ?? 0)), () =>
    invalid(path.child('terminating'), terminating, 'terminating>0 is invalid for finished job'),
  )
  when(ready > active && (ready !== (was.ready ?? 0) || active !== (was.active ?? 0)), () =>
    invalid(path.child('ready'), ready, 'cannot set more ready pods than active'),
  )
  return errors
}

function indexes({ spec, status = {} }: Job, { status: was = {} }: Job): FieldError[] {
  const { completedIndexes: completed = '', failedIndexes: failed } = status
  const errors: FieldError[] = []
  if (completed === (was.completedIndexes ?? '') && failed === was.failedIndexes) return errors
  const completions = spec?.completions
  const list = (name: 'completedIndexes' | 'failedIndexes', text: string): void => {
    try {
      if (completions !== undefined) indexCount(text, completions)
    } catch (error) {
      if (!(error instanceof IndexError)) throw error
      errors.push(invalid(path.child(name), text, `error parsing ${name}: ${error.message}`))
    }
  }
  list('completedIndexes', completed)
  if (spec?.backoffLimitPerIndex !== undefined && failed !== undefined) list('failedIndexes', failed)
  if (completed !== '' && spec?.completionMode !== 'Indexed')
    errors.push(
      invalid(path.child('completedIndexes'), completed, 'cannot set non-empty completedIndexes when non-indexed completion mode'),
    )
  if (failed === undefined) return errors
  const at = path.child('failedIndexes')
  if (spec?.backoffLimitPerIndex === undefined)
    errors.push(invalid(at, failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'))
  const common = completions === undefined ? undefined : commonIndex(completed, failed, completions)
  return common === undefined ? errors : [...errors, invalid(at, failed, `failedIndexes and completedIndexes overlap at index: ${common}`)]
}

function criteria({ spec, status = {} }: Job): FieldError[] {
  const met = isTrue(status, 'SuccessCriteriaMet')
  const errors: FieldError[] = []
  if (met && isTrue(status, 'Failed')) errors.push(said('conditions', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  if (met && isTrue(status, 'FailureTarget'))
    errors.push(said('conditions', 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  if (spec?.successPolicy && !met && isTrue(status, 'Complete'))
    errors.push(said('conditions', 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'))
  return errors
}

/** What only goes forward. */
function kept({ spec, status = {} }: Job, was: JobStatus): FieldError[] {
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => isTrue(was, type) && !isTrue(status, type))
    .map((type) => said('conditions', `cannot disable the terminal ${type}=True condition`))
  for (const name of ['failed', 'succeeded'] as const)
    if ((status[name] ?? 0) < (was[name] ?? 0))
      errors.push(invalid(path.child(name), status[name] ?? 0, `cannot decrease the ${name} counter`))
  const { completionTime: ended, startTime: started } = status
  if (ended !== undefined && was.completionTime !== undefined && ended !== was.completionTime)
    errors.push(invalid(path.child('completionTime'), ended, 'completionTime cannot be mutated'))
  if (was.startTime !== undefined && was.startTime !== started && !spec?.suspend)
    errors.push(required(path.child('startTime'), 'startTime cannot be removed for unsuspended job'))
  const [met, had] = [isTrue(status, 'SuccessCriteriaMet'), isTrue(was, 'SuccessCriteriaMet')]
  if (had && !met) errors.push(said('conditions', 'cannot disable the SuccessCriteriaMet=True condition'))
  if (isTrue(was, 'Complete') && !had && met)
    errors.push(said('conditions', 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  return errors
}
