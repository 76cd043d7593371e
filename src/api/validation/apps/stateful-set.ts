/** StatefulSet: its template, the claims of its Pods, and the few fields that may change. */
import type { KubeObject } from '../../meta/object.js'
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../../types/apps-v1.js'
import type { PodTemplateSpec } from '../../types/core-v1.js'
import { dnsLabel, each, kubeMeta, nonNegative, oneOf, same, selectorValue } from '../checks.js'
import { claimSpec } from '../core/persistent-volume-claim.js'
import { podTemplate } from '../core/pod-spec.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { amountOf, atMostAll, intOrPercent } from '../int-or-percent.js'
import { queryOf, templateMatches, workloadSelector } from '../selectors.js'
import { alwaysRunning, collisionsKept } from './replica-set.js'

const specOf = (object: KubeObject): Partial<StatefulSetSpec> => (object as StatefulSet).spec ?? {}

export const validateStatefulSet = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), undefined, field('spec')),
]

const mutable = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
] as const

export function validateStatefulSetUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [specOf(object), specOf(before)]
  const kept = { ...is, ...Object.fromEntries(mutable.map((name) => [name, was[name]])) }
  const text =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
  return [...kubeMeta(object.metadata), ...spec(is, was, field('spec')), ...(same(kept, was) ? [] : [forbiddenField(field('spec'), text)])]
}

/** What was wrong with the template, the claims or the service's name before may stay as it is. */
function spec(given: Partial<StatefulSetSpec>, old: Partial<StatefulSetSpec> | undefined, path: FieldPath): FieldError[] {
  const {
    podManagementPolicy: policy,
    persistentVolumeClaimRetentionPolicy: retention,
    selector,
    template,
    volumeClaimTemplates: claims,
  } = given
  const at = path.child('podManagementPolicy')
  const errors: FieldError[] = []
  if (!policy) errors.push(required(at))
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') errors.push(invalid(at, policy, "must be 'OrderedReady' or 'Parallel'"))
  errors.push(...strategy(given.updateStrategy ?? {}, path.child('updateStrategy')))
  for (const name of ['whenDeleted', 'whenScaled'] as const)
    if (retention) errors.push(...oneOf(retention[name], path.child('persistentVolumeClaimRetentionPolicy', name), ['Retain', 'Delete']))
  if (!old || !same(claims, old.volumeClaimTemplates))
    errors.push(...each(claims, path.child('volumeClaimTemplates'), (claim, place) => claimSpec(claim.spec ?? {}, place.child('spec'))))
  errors.push(
    ...nonNegative(given.replicas, path.child('replicas')),
    ...nonNegative(given.minReadySeconds, path.child('minReadySeconds')),
    ...nonNegative(given.ordinals?.start, path.child('ordinals.start')),
    ...(given.serviceName && !old ? dnsLabel(given.serviceName, path.child('serviceName')) : []),
    ...workloadSelector(selector, path.child('selector'), 'empty selector is invalid for statefulset'),
  )
  const query = queryOf(selector)
  if (query === undefined) errors.push(invalid(path.child('selector'), selectorValue(selector), ''))
  else {
    errors.push(...templateMatches(query, template, path.child('template')))
    if (!old || !same(template, old.template)) errors.push(...podTemplate(withClaims(given), path.child('template'), old?.template))
  }
  return [...errors, ...alwaysRunning(template, path.child('template'), 'StatefulSet')]
}

/** The template with a volume for each claim, as the Pods will have it. */
function withClaims({ template, volumeClaimTemplates = [] }: Partial<StatefulSetSpec>): PodTemplateSpec {
  const names = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '').filter((name) => name !== '')
  const own = (template?.spec?.volumes ?? []).filter(({ name }) => !names.includes(name))
  const volumes = [...own, ...names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))]
  return { ...template, spec: { ...(template?.spec ?? { containers: [] }), volumes } }
}

function strategy({ type = '', rollingUpdate }: StatefulSetUpdateStrategy, path: FieldPath): FieldError[] {
  const at = path.child('rollingUpdate')
  const { partition, maxUnavailable } = rollingUpdate ?? {}
  const shown = rollingUpdate ? { Partition: partition ?? 0, MaxUnavailable: maxUnavailable ?? null } : null
  if (type === '') return [required(path)]
  if (type === 'OnDelete') return rollingUpdate ? [invalid(at, shown, "only allowed for updateStrategy 'RollingUpdate'")] : []
  if (type !== 'RollingUpdate') return [invalid(path, { Type: type, RollingUpdate: shown }, "must be 'RollingUpdate' or 'OnDelete'")]
  const errors = nonNegative(partition, at.child('partition'))
  if (maxUnavailable === undefined) return errors
  const place = at.child('maxUnavailable')
  errors.push(...intOrPercent(maxUnavailable, place))
  if (amountOf(maxUnavailable) === 0) errors.push(invalid(place, maxUnavailable, 'cannot be 0'))
  return [...errors, ...atMostAll(maxUnavailable, place)]
}

export function validateStatefulSetStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const status: Readonly<Record<string, unknown>> = { ...(object as StatefulSet).status }
  const path = field('status')
  const countOf = (name: string): number => Number(status[name] ?? 0)
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']
  return [
    ...['replicas', ...parts, 'observedGeneration', 'collisionCount'].flatMap((name) => nonNegative(countOf(name), path.child(name))),
    ...parts
      .filter((name) => countOf(name) > countOf('replicas'))
      .map((name) => invalid(path.child(name), countOf(name), 'cannot be greater than status.replicas')),
    ...(countOf('availableReplicas') > countOf('readyReplicas')
      ? [invalid(path.child('availableReplicas'), countOf('availableReplicas'), 'cannot be greater than status.readyReplicas')]
      : []),
    ...kubeMeta(object.metadata),
    ...collisionsKept(object, before),
  ]
}
