/** Job: its spec under its selector, and what may change of it. Its status is judged in job-status.ts. */
import { matchesLabels, validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { Job, JobSpec } from '../../types/batch-v1.js'
import type { PodTemplateSpec } from '../../types/core-v1.js'
import { immutable, kubeMeta, mapValue, same, selectorValue, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { isDns1123Label } from '../names.js'
import { queryOf, templateMatches } from '../selectors.js'
import { jobSpec } from './job-spec.js'

const specOf = (object: KubeObject): JobSpec => (object as Job).spec ?? { template: {} }
const path = field('spec')
const uidLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid'] as const
const nameLabels = ['job-name', 'batch.kubernetes.io/job-name'] as const

export const validateJob = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...body(object, undefined)]

function body(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec = specOf(object)
  const name = object.metadata.name ?? ''
  const errors = [...generatedSelector(object, old), ...selectedSpec(spec, old && specOf(old))]
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions <= 0) return errors
  const hostname = `${name}-${spec.completions - 1}`
  if (isDns1123Label(hostname).length === 0) return errors
  return [...errors, invalid(field('metadata', 'name'), name, `will not able to create pod with invalid DNS label: ${hostname}`)]
}

function selectedSpec(spec: JobSpec, old: JobSpec | undefined): FieldError[] {
  const at = path.child('selector')
  const query = queryOf(spec.selector)
  return [
    ...jobSpec(spec, path, old?.template),
    ...(spec.selector ? validateLabelSelector(spec.selector, at) : [required(at)]),
    ...(query === undefined ? [] : templateMatches(query, spec.template, path.child('template'))),
  ]
}

/** The server made the selector and the labels it selects: the client has put nothing else in their place. */
function generatedSelector({ metadata, spec: given }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { manualSelector, selector, template } = (given ?? { template: {} }) as JobSpec
  if (manualSelector || !selector) return []
  const at = path.child('template', 'metadata')
  const [uid, name] = [metadata.uid ?? '', metadata.name ?? '']
  // Jobs from before the labels had a domain keep those without.
  const prefixed = !old || hasLabel(specOf(old).template, uidLabels[1])
  const errors = uid === '' ? [required(field('metadata', 'uid'))] : []
  const expected: Record<string, string> = {}
  for (const i of prefixed ? [0, 1] : [0]) {
    for (const [label, value] of [
      [uidLabels[i] ?? '', uid],
      [nameLabels[i] ?? '', name],
    ] as const) {
      errors.push(...hasLabelValue(template, label, value, at))
      expected[label] = value
    }
  }
  const query = queryOf(selector)
  if (query === undefined || matchesLabels(query, expected)) return errors
  return [...errors, invalid(path.child('selector'), selectorValue(selector), '`selector` not auto-generated')]
}

const hasLabel = (template: PodTemplateSpec | undefined, label: string): boolean => template?.metadata?.labels?.[label] !== undefined

function hasLabelValue(template: PodTemplateSpec | undefined, label: string, value: string, path: FieldPath): FieldError[] {
  const at = path.child('labels').key(label)
  const actual = template?.metadata?.labels?.[label]
  if (actual === undefined) return [required(at, `must be '${value}'`)]
  return actual === value ? [] : [invalid(at, mapValue(template?.metadata?.labels), `must be '${value}'`)]
}

export function validateJobUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [spec, old] = [specOf(object), specOf(before)]
  const kept = (['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const).flatMap((name) =>
    immutable(spec[name] ?? null, old[name] ?? null, path.child(name)),
  )
  return [
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...body(object, before),
    ...kubeMeta(object.metadata),
    ...selectedSpec(spec, old),
    ...completions(spec, old),
    ...(same(spec.selector, old.selector)
      ? []
      : immutable(selectorValue(spec.selector) ?? null, selectorValue(old.selector) ?? null, path.child('selector'))),
    ...templateKept(object as Job, before as Job),
    ...kept,
  ]
}

/** An indexed Job may grow and shrink as long as it runs all its Pods at once. */
function completions(spec: JobSpec, old: JobSpec): FieldError[] {
  const at = path.child('completions')
  if (spec.completions === old.completions) return []
  if (spec.completionMode !== 'Indexed') return immutable(spec.completions ?? null, old.completions ?? null, at)
  if (spec.completions === undefined || spec.completions === spec.parallelism) return []
  return [invalid(at, spec.completions, 'can only be modified in tandem with spec.parallelism')]
}

/** A Job that was suspended before it ever ran may still be told where to run. */
function templateKept({ spec }: Job, { spec: oldSpec, status }: Job): FieldError[] {
  const template = spec?.template ?? {}
  let old: PodTemplateSpec = oldSpec?.template ?? {}
  if (oldSpec?.suspend && spec?.suspend !== undefined && status?.startTime === undefined) old = withDirectives(old, template)
  return same(template, old) ? [] : immutable(template, old, path.child('template'))
}

function withDirectives(old: PodTemplateSpec, { metadata, spec }: PodTemplateSpec): PodTemplateSpec {
  const affinity = old.spec?.affinity || spec?.affinity ? { ...old.spec?.affinity, nodeAffinity: spec?.affinity?.nodeAffinity } : undefined
  return {
    metadata: { ...old.metadata, labels: metadata?.labels, annotations: metadata?.annotations },
    spec: {
      ...(old.spec ?? { containers: [] }),
      affinity: same(affinity, spec?.affinity) ? spec?.affinity : affinity,
      nodeSelector: spec?.nodeSelector,
      tolerations: spec?.tolerations,
      schedulingGates: spec?.schedulingGates,
    },
  }
}
