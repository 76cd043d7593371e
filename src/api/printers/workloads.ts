/** Rows of what runs Pods: apps/v1, batch/v1 and their like (pkg/printers/internalversion/printers.go). */
import type { KubeObject } from '../meta/object.js'
import { parseTime } from '../meta/time.js'
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.js'
import type { CronJob, Job } from '../types/batch-v1.js'
import type { PodTemplate, ReplicationController } from '../types/core-v1.js'
import { ageOf, booleanCell, containerCells, createdAgo, labelsCell, selectorCell, selectorText } from './cells.js'
import { humanDuration } from './human-duration.js'

export function deploymentRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as Deployment
  return [
    metadata.name,
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    createdAgo(object, now),
    ...containerCells(spec?.template.spec?.containers),
    selectorText(spec?.selector, '<invalid>'),
  ]
}

export function replicaSetRow(object: KubeObject, now: number): unknown[] {
  const { spec } = object as ReplicaSet
  return [
    ...replicaCells(object as ReplicaSet),
    createdAgo(object, now),
    ...containerCells(spec?.template?.spec?.containers),
    selectorCell(spec?.selector),
  ]
}

export function replicationControllerRow(object: KubeObject, now: number): unknown[] {
  const { spec } = object as ReplicationController
  return [
    ...replicaCells(object as ReplicationController),
    createdAgo(object, now),
    ...containerCells(spec?.template?.spec?.containers),
    labelsCell(spec?.selector),
  ]
}

function replicaCells({ metadata, spec, status }: ReplicaSet | ReplicationController): unknown[] {
  return [metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0]
}

export function statefulSetRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as StatefulSet
  const ready = `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`
  return [metadata.name, ready, createdAgo(object, now), ...containerCells(spec?.template.spec?.containers)]
}

export function daemonSetRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as DaemonSet
  return [
    metadata.name,
    status?.desiredNumberScheduled ?? 0,
    status?.currentNumberScheduled ?? 0,
    status?.numberReady ?? 0,
    status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0,
    labelsCell(spec?.template.spec?.nodeSelector),
    createdAgo(object, now),
    ...containerCells(spec?.template.spec?.containers),
    selectorCell(spec?.selector),
  ]
}

export function controllerRevisionRow(object: KubeObject, now: number): unknown[] {
  const { metadata, revision } = object as unknown as ControllerRevision
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  return [metadata.name, owner ? ownerText(owner) : '<none>', revision, createdAgo(object, now)]
}

/** `deployment.apps/web`, `pod/p`. */
function ownerText({ kind, apiVersion, name }: { readonly kind: string; readonly apiVersion: string; readonly name: string }): string {
  const slash = apiVersion.indexOf('/')
  return `${kind.toLowerCase()}${slash < 0 ? '' : `.${apiVersion.slice(0, slash)}`}/${name}`
}

export function podTemplateRow(object: KubeObject): unknown[] {
  const { metadata, template } = object as PodTemplate
  return [metadata.name, ...containerCells(template?.spec?.containers), labelsCell(template?.metadata?.labels)]
}

export function jobRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as Job
  return [
    metadata.name,
    jobStatus(object as Job),
    jobCompletions(object as Job),
    jobDuration(object as Job, now),
    createdAgo(object, now),
    ...containerCells(spec?.template.spec?.containers),
    selectorCell(spec?.selector),
  ]
}

function jobStatus({ metadata, status }: Job): string {
  const has = (wanted: string): boolean => status?.conditions?.find(({ type }) => type === wanted)?.status === 'True'
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (metadata.deletionTimestamp) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function jobCompletions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function jobDuration({ status }: Job, now: number): string {
  const start = status?.startTime ? parseTime(status.startTime) : undefined
  if (start === undefined) return ''
  const end = status?.completionTime ? parseTime(status.completionTime) : undefined
  return humanDuration((end ?? now) - start)
}

export function cronJobRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as unknown as CronJob
  const job = spec?.jobTemplate.spec
  return [
    metadata.name,
    spec?.schedule ?? '',
    spec?.timeZone ?? '<none>',
    booleanCell(spec?.suspend),
    status?.active?.length ?? 0,
    status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>',
    createdAgo(object, now),
    ...containerCells(job?.template.spec?.containers),
    selectorCell(job?.selector),
  ]
}
