/**
 * What a client is warned of in a Pod, or in a template of Pods, that is legal and most likely not meant
 * (pkg/api/pod/warnings.go). Volumes and ports are in volume-warnings.ts and port-warnings.ts.
 */
import type { KubeObject, ObjectMeta } from '../../meta/object.js'
import type {
  Affinity,
  EnvVar,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  PodTemplateSpec,
  ResourceRequirements,
} from '../../types/core-v1.js'
import { FieldPath } from '../../validation/field-path.js'
import { isDns1123Label } from '../../validation/names.js'
import { annotatedProfiles, appArmorAnnotation } from './app-armor.js'
import { type AnyContainer, containersOf } from './containers.js'
import { portWarnings } from './port-warnings.js'
import { quantityOf, type ResourceList } from './resource-list.js'
import { volumeWarnings } from './volume-warnings.js'

/** Texts for a new Pod (`at` is then empty) or a template at this path. */
export function podWarnings(spec: PodSpec, metadata: Readonly<Partial<ObjectMeta>>, at = new FieldPath('')): string[] {
  const path = at.child('spec')
  return [
    ...placementWarnings(spec, path),
    ...annotationWarnings(spec, metadata.annotations ?? {}, at),
    ...volumeWarnings(spec.volumes ?? [], path.child('volumes')),
    ...repeated(spec.hostAliases ?? [], 'ip', path.child('hostAliases')),
    ...pullSecretWarnings(spec.imagePullSecrets ?? [], path.child('imagePullSecrets')),
    ...fractionWarnings(spec.overhead, path.child('overhead')),
    ...containersOf(spec, path).flatMap(({ container, path: here }) => containerWarnings(container, here)),
    ...portWarnings(spec, path),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${path.child('terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(spec.affinity, path.child('affinity')),
  ]
}

/** As podWarnings(), for an object about to be created with a template at spec.template; updates go without. */
export function templateWarnings({ metadata, spec }: KubeObject, ...path: readonly string[]): string[] {
  if (metadata.resourceVersion) return []
  const at = ['spec', ...path]
  const found = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], spec)
  const template = found as PodTemplateSpec | undefined
  return template?.spec ? podWarnings(template.spec, template.metadata ?? {}, new FieldPath(at.join('.'))) : []
}

/** Names of what makes Pods end up in the Pods' names. */
export function podNameWarnings({ metadata }: KubeObject, where: string): string[] {
  const wrong = metadata.name && !metadata.resourceVersion ? isDns1123Label(metadata.name) : []
  if (wrong.length === 0) return []
  return [
    `metadata.name: this is used in ${where}, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`,
  ]
}

const deprecatedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

function placementWarnings({ nodeSelector, affinity, topologySpreadConstraints }: PodSpec, path: FieldPath): string[] {
  const texts = Object.keys(nodeSelector ?? {}).flatMap((key) => {
    const text = deprecatedLabels[key]
    return text === undefined ? [] : [`${path.child('nodeSelector').key(key)}: ${text}`]
  })
  const at = path.child('affinity', 'nodeAffinity')
  const { requiredDuringSchedulingIgnoredDuringExecution: required, preferredDuringSchedulingIgnoredDuringExecution: preferred } =
    affinity?.nodeAffinity ?? {}
  const terms = at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
  for (const [i, term] of (required?.nodeSelectorTerms ?? []).entries()) texts.push(...termWarnings(term, terms.index(i)))
  const weighted = at.child('preferredDuringSchedulingIgnoredDuringExecution')
  for (const [i, { preference }] of (preferred ?? []).entries())
    texts.push(...termWarnings(preference, weighted.index(i).child('preference')))
  for (const [i, { topologyKey, labelSelector }] of (topologySpreadConstraints ?? []).entries()) {
    const here = path.child('topologySpreadConstraints').index(i)
    const text = deprecatedLabels[topologyKey]
    if (text !== undefined) texts.push(`${here.child('topologyKey')}: ${topologyKey} is ${text}`)
    if (!labelSelector) texts.push(matchesNothing(here.child('labelSelector')))
  }
  return texts
}

const matchesNothing = (path: FieldPath): string => `${path}: a null labelSelector results in matching no pod`

function termWarnings(term: NodeSelectorTerm | undefined, path: FieldPath): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const text = deprecatedLabels[key]
    return text === undefined ? [] : [`${path.child('matchExpressions').index(i).child('key')}: ${key} is ${text}`]
  })
}

function podAffinityWarnings(affinity: Affinity | undefined, path: FieldPath): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((name) => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required = [],
      preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
    } = affinity?.[name] ?? {}
    const [hard, soft] = ['required', 'preferred'].map((which) => path.child(name, `${which}DuringSchedulingIgnoredDuringExecution`)) as [
      FieldPath,
      FieldPath,
    ]
    return [
      ...required.flatMap((term, i) => selectorWarning(term, hard.index(i))),
      ...preferred.flatMap(({ podAffinityTerm }, i) => selectorWarning(podAffinityTerm, soft.index(i).child('podAffinityTerm'))),
    ]
  })
}

function selectorWarning(term: PodAffinityTerm | undefined, path: FieldPath): string[] {
  return term?.labelSelector ? [] : [matchesNothing(path.child('labelSelector'))]
}

const useSysctls = 'non-functional in v1.11+; use the "sysctls" field instead'
const deprecatedAnnotations: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', useSysctls],
  ['security.alpha.kubernetes.io/unsafe-sysctls', useSysctls],
]
const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead'

function annotationWarnings(spec: PodSpec, annotations: Readonly<Record<string, string>>, at: FieldPath): string[] {
  const path = at.child('metadata', 'annotations')
  const warn = (name: string, text: string): string[] => (annotations[name] === undefined ? [] : [`${path.key(name)}: ${text}`])
  const texts = deprecatedAnnotations.flatMap(([name, text]) => warn(name, text))
  if (!spec.securityContext?.seccompProfile) texts.push(...warn('seccomp.security.alpha.kubernetes.io/pod', useSeccomp))
  for (const { container } of containersOf(spec, at))
    if (!container.securityContext?.seccompProfile)
      texts.push(...warn(`container.seccomp.security.alpha.kubernetes.io/${container.name}`, useSeccomp))
  // A new Pod's annotations have become fields by now; in templates they wait for the Pod.
  const isPod = at.text === ''
  for (const name of annotatedProfiles(spec, annotations, isPod))
    texts.push(...warn(appArmorAnnotation(name), 'deprecated since v1.30; use the "appArmorProfile" field instead'))
  return texts
}

function repeated<K extends string>(items: readonly { readonly [name in K]?: string | undefined }[], name: K, path: FieldPath): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const value = item[name] ?? ''
    if (seen.has(value)) return [`${path.index(i).child(name)}: duplicate ${name} ${JSON.stringify(value)}`]
    seen.add(value)
    return []
  })
}

function pullSecretWarnings(secrets: readonly { readonly name?: string | undefined }[], path: FieldPath): string[] {
  const nameless = secrets.flatMap(({ name }, i) => (name ? [] : [`${path.index(i).child('name')}: invalid empty name ""`]))
  return [...repeated(secrets, 'name', path), ...nameless]
}

function containerWarnings({ resources, env }: AnyContainer, path: FieldPath): string[] {
  return [...requirementWarnings(resources, path.child('resources')), ...envWarnings(env ?? [], path.child('env'))]
}

function requirementWarnings(resources: ResourceRequirements | undefined, path: FieldPath): string[] {
  return (['memory', 'ephemeral-storage'] as const).flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((list) => fractionWarnings(resources?.[list], path.child(list), [name])),
  )
}

/** There is no half a byte. */
function fractionWarnings(
  list: ResourceList | undefined,
  path: FieldPath,
  names: readonly string[] = ['memory', 'ephemeral-storage'],
): string[] {
  return names.flatMap((name) => {
    const amount = list?.[name]
    if (amount === undefined || quantityOf(amount).milliValue() % 1000n === 0n) return []
    return [`${path.key(name)}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`]
  })
}

/** A variable may be defined again if the new value builds on the old one. */
function envWarnings(env: readonly EnvVar[], path: FieldPath): string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    const reference = `$(${name})`
    const hides = seen.has(name) && (valueFrom !== undefined || value === reference || !value.includes(reference))
    seen.add(name)
    return hides ? [`${path.index(i)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`] : []
  })
}
