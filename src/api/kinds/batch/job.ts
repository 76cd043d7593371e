/** Job: pkg/registry/batch/job/strategy.go and SetDefaults_Job. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { jobRow } from '../../printers/workloads.js'
import type { Job, JobSpec } from '../../types/batch-v1.js'
import { validateJob, validateJobUpdate } from '../../validation/batch/job.js'
import { validateJobStatusUpdate } from '../../validation/batch/job-status.js'
import { defaultPodTemplate } from '../core/pod-spec.js'
import { podNameWarnings, templateWarnings } from '../core/pod-warnings.js'

const int32Max = 2 ** 31 - 1
const uidLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid'] as const
const nameLabels = ['job-name', 'batch.kubernetes.io/job-name'] as const

export const jobStrategy: Strategy = {
  applyDefaults,
  validateStatusUpdate: validateJobStatusUpdate,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  prepareForCreate: (object) => {
    object.status = {}
    const { spec } = object as Job
    if (spec && !spec.manualSelector) generateSelector(object as Job)
    takeLabels(object as Job)
  },
  warnings: (object) => [...podNameWarnings(object, 'Pod names and hostnames'), ...templateWarnings(object, 'template')],
  hasGeneration: true,
  selectableFields: { 'status.successful': (object) => String((object as Job).status?.succeeded ?? 0) },
  ...printed('Job', jobRow),
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as Job
  if (!spec) return
  takeLabels(object as Job)
  defaultJobSpec(spec)
  defaultPodTemplate(spec.template)
}

/** A Job without labels has those of its Pods: the very same, so that what is generated for these later shows on the Job as well. */
function takeLabels({ metadata, spec }: Job): void {
  const labels = spec?.template?.metadata?.labels
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels
}

function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : int32Max
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  defaultFailurePolicy(spec)
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
}

function defaultFailurePolicy({ podFailurePolicy }: JobSpec): void {
  for (const { onPodConditions } of podFailurePolicy?.rules ?? []) for (const pattern of onPodConditions ?? []) pattern.status ||= 'True'
}

/** Gives the Job's Pods labels by which it alone selects them, unless they are taken, which is for validation to refuse. */
function generateSelector({ metadata, spec }: Job): void {
  if (!spec) return
  const uid = metadata.uid ?? ''
  const template = (spec.template.metadata ??= {} as NonNullable<typeof spec.template.metadata>)
  const labels = (template.labels ??= {})
  for (const name of nameLabels) labels[name] ??= metadata.name ?? ''
  for (const name of uidLabels) labels[name] ??= uid
  const selector = (spec.selector ??= {})
  const matched = (selector.matchLabels ??= {})
  matched['batch.kubernetes.io/controller-uid'] ??= uid
}

/** The defaults of a CronJob's template of Jobs: only what the Pods in it need; the rest waits for the Job. */
export function defaultJobTemplate(spec: JobSpec | undefined): void {
  if (!spec) return
  defaultFailurePolicy(spec)
  defaultPodTemplate(spec.template)
}
