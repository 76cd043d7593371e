/** Pod: create, and what may change of a running one. Its spec is judged in pod-spec.ts, its status in pod-status.ts. */
import type { KubeObject } from '../../meta/object.js'
import type { Container, NodeSelectorTerm, Pod, PodSpec } from '../../types/core-v1.js'
import { each, entriesOf, inRange, kubeMeta, mapValue, same, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { jsonDiff } from '../json-diff.js'
import { untrimmedImage } from './container.js'
import { podAnnotations, podAnnotationsUpdate, profilesMatchAnnotations } from './pod-annotations.js'
import { type PodRules, rulesAfter } from './pod-rules.js'
import { podSpec } from './pod-spec.js'
import { onlyAddedTolerations } from './scheduling.js'

const specPath = field('spec')
const int32Max = 2147483647
const specOf = (pod: Pod): PodSpec => pod.spec ?? { containers: [] }

export function validatePod(object: KubeObject): FieldError[] {
  const pod = object as Pod
  const spec = specOf(pod)
  return [
    ...kubeMeta(pod.metadata),
    ...metadataAndSpec(pod, rulesAfter(undefined, undefined, true)),
    ...(spec.ephemeralContainers?.length ? [forbiddenField(specPath.child('ephemeralContainers'), 'cannot be set on create')] : []),
    ...(spec.nodeName && spec.schedulingGates?.length
      ? [forbiddenField(specPath.child('nodeName'), 'cannot be set until all schedulingGates have been cleared')]
      : []),
    ...profilesMatchAnnotations(pod.metadata.annotations, spec, specPath),
  ]
}

/** validatePodMetadataAndSpec but for the metadata that all objects have. */
function metadataAndSpec(pod: Pod, rules: PodRules): FieldError[] {
  const spec = specOf(pod)
  const tokens = spec.serviceAccountName
    ? []
    : each(spec.volumes, specPath.child('volumes'), ({ projected }, at) =>
        each(projected?.sources, at.child('projected', 'sources'), ({ serviceAccountToken }, place) =>
          serviceAccountToken
            ? [forbiddenField(place.child('serviceAccountToken'), 'must not be specified when serviceAccountName is not set')]
            : [],
        ),
      )
  return [
    ...podAnnotations(pod.metadata.annotations, spec, field('metadata', 'annotations'), rules),
    ...podSpec(spec, specPath, pod.metadata, rules),
    ...tokens,
    ...each(spec.containers, specPath.child('containers'), untrimmedImage),
    ...each(spec.initContainers, specPath.child('initContainers'), untrimmedImage),
  ]
}

/** What every update of the spec is held to, whichever subresource it comes by. */
export function podUpdateBasics(pod: Pod, old: Pod): { readonly errors: FieldError[]; readonly rules: PodRules } {
  const rules = rulesAfter(specOf(old), old.metadata, true)
  return { rules, errors: [...kubeMeta(pod.metadata), ...wholeMeta(pod.metadata, { namespaced: true }), ...metadataAndSpec(pod, rules)] }
}

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

export function validatePodUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [pod, old] = [object as Pod, before as Pod]
  const [spec, was] = [specOf(pod), specOf(old)]
  const { errors, rules } = podUpdateBasics(pod, old)
  errors.push(...podAnnotationsUpdate(pod, old, field('metadata', 'annotations'), rules))
  for (const list of ['containers', 'initContainers'] as const) {
    const { found, stop } = containerUpdates(spec[list] ?? [], was[list] ?? [], specPath.child(list))
    errors.push(...found)
    if (stop) return errors
  }
  const deadline = deadlineUpdate(spec.activeDeadlineSeconds, was.activeDeadlineSeconds, specPath.child('activeDeadlineSeconds'))
  errors.push(...deadline.errors)
  if (deadline.stop) return errors
  errors.push(
    ...onlyAddedTolerations(spec.tolerations, was.tolerations, specPath.child('tolerations')),
    ...onlyRemovedGates(spec, was, specPath.child('schedulingGates')),
  )
  if (same(spec, was)) return errors
  const rest = withoutUpdatable(spec, was)
  if (was.schedulingGates?.length) errors.push(...gatedUpdates(rest, was))
  if (same(rest, was)) return errors
  return [
    ...errors,
    forbiddenField(specPath, `pod updates may not change fields other than ${updatable.join(',')}\n${jsonDiff(was, rest)}`),
  ]
}

function containerUpdates(
  is: readonly Container[],
  was: readonly Container[],
  path: FieldPath,
): { readonly found: FieldError[]; readonly stop: boolean } {
  if (is.length !== was.length) return { found: [forbiddenField(path, 'pod updates may not add or remove containers')], stop: true }
  return {
    found: each(is, path, (container, at) => [...(container.image ? [] : [required(at.child('image'))]), ...untrimmedImage(container, at)]),
    stop: false,
  }
}

/** The deadline may come nearer; once set it stays. */
function deadlineUpdate(
  is: number | undefined,
  was: number | undefined,
  path: FieldPath,
): { readonly errors: FieldError[]; readonly stop: boolean } {
  if (is === undefined)
    return { errors: was === undefined ? [] : [invalid(path, null, 'must not update from a positive integer to nil value')], stop: false }
  const range = inRange(is, path, 0, int32Max)
  if (range.length > 0) return { errors: range, stop: true }
  const later = was !== undefined && was < is
  return { errors: later ? [invalid(path, is, 'must be less than or equal to previous value')] : [], stop: later }
}

function onlyRemovedGates({ schedulingGates: is }: PodSpec, { schedulingGates: was = [] }: PodSpec, path: FieldPath): FieldError[] {
  return each(is, path, ({ name }, at) =>
    was.some((gate) => gate.name === name)
      ? []
      : [forbiddenField(at.child('name'), `only deletion is allowed, but found new scheduling gate '${name}'`)],
  )
}

/** The new spec with all that may change as it was. */
function withoutUpdatable(spec: PodSpec, was: PodSpec): PodSpec {
  const rest = structuredClone(spec)
  for (const list of ['containers', 'initContainers'] as const)
    for (const [i, container] of (rest[list] ?? []).entries()) container.image = was[list]?.[i]?.image
  rest.activeDeadlineSeconds = was.activeDeadlineSeconds
  rest.schedulingGates = was.schedulingGates
  rest.tolerations = was.tolerations
  if ((was.terminationGracePeriodSeconds ?? 0) < 0 && rest.terminationGracePeriodSeconds === 1)
    rest.terminationGracePeriodSeconds = was.terminationGracePeriodSeconds
  return rest
}

/** While gates hold a Pod its node selection may become narrower; then `rest` is made as it was there. */
function gatedUpdates(rest: PodSpec, was: PodSpec): FieldError[] {
  const errors: FieldError[] = []
  const selector = rest.nodeSelector
  if (!same(selector, was.nodeSelector)) {
    if (entriesOf(was.nodeSelector).some(([name, value]) => selector?.[name] !== value)) {
      const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
      errors.push(invalid(specPath.child('nodeSelector'), mapValue(selector) ?? null, text))
    }
    rest.nodeSelector = was.nodeSelector
  }
  const before = was.affinity?.nodeAffinity
  if (same(rest.affinity?.nodeAffinity, before)) return errors
  errors.push(...nodeAffinityUpdate(rest, was, specPath.child('affinity', 'nodeAffinity')))
  const others = rest.affinity?.podAffinity ?? rest.affinity?.podAntiAffinity
  if (!was.affinity && !others) delete rest.affinity
  else rest.affinity = { ...rest.affinity, nodeAffinity: before }
  return errors
}

function nodeAffinityUpdate(spec: PodSpec, was: PodSpec, path: FieldPath): FieldError[] {
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
  const before = was.affinity?.nodeAffinity?.[needed]?.nodeSelectorTerms ?? []
  const terms = spec.affinity?.nodeAffinity?.[needed]?.nodeSelectorTerms ?? []
  const at = path.child(needed, 'nodeSelectorTerms')
  if (before.length === 0) return []
  if (before.length !== terms.length)
    return [invalid(at, terms.map(goTerm), 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  return each(terms, at, (term, place, i) =>
    onlyAdds(term, before[i] ?? {}) ? [] : [invalid(place, goTerm(term), 'only additions are allowed (no mutations or deletions)')],
  )
}

function onlyAdds(term: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const [labels, fields] = [before.matchExpressions ?? [], before.matchFields ?? []]
  if (labels.length === 0 && fields.length === 0) return !term.matchExpressions?.length && !term.matchFields?.length
  return (
    same((term.matchExpressions ?? []).slice(0, labels.length), labels) && same((term.matchFields ?? []).slice(0, fields.length), fields)
  )
}

/** A term as Go prints it. */
function goTerm({ matchExpressions, matchFields }: NodeSelectorTerm): unknown {
  const part = (list: NodeSelectorTerm['matchFields']): unknown =>
    list?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null
  return { MatchExpressions: part(matchExpressions), MatchFields: part(matchFields) }
}
