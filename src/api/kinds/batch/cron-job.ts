/** CronJob: pkg/registry/batch/cronjob/strategy.go and SetDefaults_CronJob. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { cronJobRow } from '../../printers/workloads.js'
import type { CronJob } from '../../types/batch-v1.js'
import { validateCronJob, validateCronJobUpdate } from '../../validation/batch/cron-job.js'
import { podNameWarnings, templateWarnings } from '../core/pod-warnings.js'
import { defaultJobTemplate } from './job.js'

export const cronJobStrategy: Strategy = {
  applyDefaults,
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: (object) => [
    ...podNameWarnings(object, 'Pod names and hostnames'),
    ...templateWarnings(object, 'jobTemplate', 'spec', 'template'),
  ],
  hasGeneration: true,
  ...printed('CronJob', cronJobRow),
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as unknown as CronJob
  if (!spec) return
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  defaultJobTemplate(spec.jobTemplate?.spec)
}
