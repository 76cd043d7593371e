/** CronJob: its schedule, its time zone, and the template of its Jobs. */
import type { KubeObject } from '../../meta/object.js'
import type { CronJob, CronJobSpec, JobSpec, JobTemplateSpec } from '../../types/batch-v1.js'
import { demandedOneOf, kubeMeta, nonNegative, selectorValue } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, notSupported, required } from '../field-path.js'
import { byteLength } from '../names.js'
import { isTimeZone, scheduleError } from './cron-schedule.js'
import { jobSpec } from './job-spec.js'

/** A Job's name is the CronJob's and eleven characters more. */
const nameBytesMax = 52
const specOf = (object: KubeObject): Partial<CronJobSpec> => (object as unknown as CronJob).spec ?? {}

export function validateCronJob(object: KubeObject): FieldError[] {
  const name = object.metadata.name ?? ''
  return [
    ...kubeMeta(object.metadata),
    ...spec(specOf(object), undefined, field('spec')),
    ...(byteLength(name) > nameBytesMax
      ? [invalid(field('metadata', 'name'), name, `must be no more than ${nameBytesMax} characters`)]
      : []),
  ]
}

export const validateCronJobUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), specOf(before), field('spec')),
]

function spec(given: Partial<CronJobSpec>, old: Partial<CronJobSpec> | undefined, path: FieldPath): FieldError[] {
  return [
    ...schedule(given, old, path.child('schedule')),
    ...nonNegative(given.startingDeadlineSeconds, path.child('startingDeadlineSeconds')),
    ...(old && old.timeZone === given.timeZone ? [] : timeZone(given.timeZone, path.child('timeZone'))),
    ...demandedOneOf(given.concurrencyPolicy, path.child('concurrencyPolicy'), ['Allow', 'Forbid', 'Replace']),
    ...template(given.jobTemplate, old?.jobTemplate, path.child('jobTemplate', 'spec')),
    ...nonNegative(given.successfulJobsHistoryLimit, path.child('successfulJobsHistoryLimit')),
    ...nonNegative(given.failedJobsHistoryLimit, path.child('failedJobsHistoryLimit')),
  ]
}

function schedule(
  { schedule: text = '', timeZone: zone }: Partial<CronJobSpec>,
  old: Partial<CronJobSpec> | undefined,
  path: FieldPath,
): FieldError[] {
  if (text === '') return [required(path)]
  const wrong = scheduleError(text)
  const errors = wrong === undefined ? [] : [invalid(path, text, wrong)]
  if (!text.includes('TZ')) return errors
  if (!old?.schedule?.includes('TZ'))
    return [...errors, invalid(path, text, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')]
  return zone === undefined ? errors : [...errors, invalid(path, text, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')]
}

function timeZone(name: string | undefined, path: FieldPath): FieldError[] {
  if (name === undefined) return []
  if (name === '') return [invalid(path, name, 'timeZone must be nil or non-empty string')]
  const unknown = invalid(path, name, `unknown time zone ${name}`)
  if (name.split('/').some((part) => part === '.' || part === '..' || part.startsWith('-') || !/^[A-Za-z.\-_0-9+]{1,14}$/.test(part)))
    return [unknown]
  return [
    ...(name.toLowerCase() === 'local'
      ? [invalid(path, name, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')]
      : []),
    ...(isTimeZone(name) ? [] : [unknown]),
  ]
}

const emptyJob: JobSpec = { template: {} }

function template(given: JobTemplateSpec | undefined, old: JobTemplateSpec | undefined, path: FieldPath): FieldError[] {
  const job = given?.spec ?? emptyJob
  return [
    ...jobSpec(job, path, old?.spec?.template),
    ...(job.selector ? [invalid(path.child('selector'), selectorValue(job.selector), '`selector` will be auto-generated')] : []),
    ...(job.manualSelector ? [notSupported(path.child('manualSelector'), true, ['nil', 'false'])] : []),
  ]
}
