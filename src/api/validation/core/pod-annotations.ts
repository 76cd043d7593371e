/** Annotations of Pods and templates that Kubernetes reads: mirror Pods, deletion cost, tolerations and profiles of old. */
import type { Pod, PodSpec, SeccompProfile, Toleration } from '../../types/core-v1.js'
import { entriesOf } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid } from '../field-path.js'
import { localPath } from '../paths.js'
import { containersOf, deletionCost, isDeletionCost, type PodRules } from './pod-rules.js'
import { tolerations } from './scheduling.js'

type Annotations = Readonly<Record<string, string>> | undefined

const mirror = 'kubernetes.io/config.mirror'
const oldTolerations = 'scheduler.alpha.kubernetes.io/tolerations'
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod'
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/'
const containerAppArmor = 'container.apparmor.security.beta.kubernetes.io/'

export function podAnnotations(annotations: Annotations, spec: PodSpec, path: FieldPath, rules: PodRules): FieldError[] {
  const errors: FieldError[] = []
  const mirrored = annotations?.[mirror]
  if (mirrored !== undefined && !spec.nodeName)
    errors.push(invalid(path.key(mirror), mirrored, 'must set spec.nodeName if mirror pod annotation is set'))
  if (annotations?.[oldTolerations]) errors.push(...annotatedTolerations(annotations[oldTolerations], path))
  const cost = annotations?.[deletionCost]
  if (!rules.oddDeletionCost && !isDeletionCost(cost)) errors.push(invalid(path.key(deletionCost), cost, 'must be a 32bit integer'))
  for (const [name, value] of entriesOf(annotations))
    if (name === podSeccomp || name.startsWith(containerSeccomp)) errors.push(...annotatedSeccomp(value, path.child(name)))
  for (const [name, value] of entriesOf(annotations).filter(([key]) => key.startsWith(containerAppArmor))) {
    const container = name.slice(containerAppArmor.length)
    if (!containersOf(spec).some((known) => known.container.name === container))
      errors.push(invalid(path.key(name), container, 'container not found'))
    if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith('localhost/'))
      errors.push(invalid(path.key(name), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`))
  }
  return errors
}

function annotatedTolerations(text: string, path: FieldPath): FieldError[] {
  try {
    return tolerations(JSON.parse(text) as Toleration[], path.child(oldTolerations))
  } catch (error) {
    return [invalid(path, oldTolerations, error instanceof Error ? error.message : String(error))]
  }
}

function annotatedSeccomp(profile: string, path: FieldPath): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return []
  if (profile.startsWith('localhost/')) return localPath(profile.slice('localhost/'.length), path)
  return [invalid(path, profile, 'must be a valid seccomp profile')]
}

/** What the annotations of a running Pod may become. */
export function podAnnotationsUpdate(pod: Pod, old: Pod, path: FieldPath, rules: PodRules): FieldError[] {
  const errors: FieldError[] = []
  const [is, was] = [pod.metadata.annotations ?? {}, old.metadata.annotations ?? {}]
  const refuse = (name: string, verb: string): void => {
    if (name.startsWith(containerAppArmor)) errors.push(forbiddenField(path.key(name), `may not ${verb} AppArmor annotations`))
    if (name === mirror) errors.push(forbiddenField(path.key(name), `may not ${verb} mirror pod annotation`))
  }
  for (const [name, value] of entriesOf(was)) if (is[name] !== value) refuse(name, 'remove or update')
  for (const [name] of entriesOf(is)) if (was[name] === undefined) refuse(name, 'add')
  return [...errors, ...podAnnotations(is, pod.spec ?? { containers: [] }, path, rules)]
}

/** Where a profile is told twice, by annotation and by field, both must say the same. */
export function profilesMatchAnnotations(annotations: Annotations, spec: PodSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const compare = (annotation: string | undefined, profile: SeccompProfile | undefined, at: FieldPath, name: string): void => {
    if (annotation === undefined || !profile) return
    const mismatch = mismatchOf(annotation, profile)
    if (mismatch)
      errors.push(
        forbiddenField(at.child(mismatch), `${name} ${mismatch === 'type' ? 'type' : 'profile'} in annotation and field must match`),
      )
  }
  const context = spec.securityContext
  compare(annotations?.[podSeccomp], context?.seccompProfile, path.child('securityContext', 'seccompProfile'), 'seccomp')
  const containers = containersOf(spec)
  for (const { container, list, i } of containers)
    compare(
      annotations?.[`${containerSeccomp}${container.name}`],
      container.securityContext?.seccompProfile,
      path.child(list).index(i).child('securityContext', 'seccompProfile'),
      'seccomp',
    )
  if (spec.os?.name === 'windows') return errors
  for (const { container, list, i } of containers)
    compare(
      annotations?.[`${containerAppArmor}${container.name}`],
      container.securityContext?.appArmorProfile ?? context?.appArmorProfile,
      path.child(list).index(i).child('securityContext', 'appArmorProfile'),
      'apparmor',
    )
  return errors
}

function mismatchOf(annotation: string, { type, localhostProfile }: SeccompProfile): 'type' | 'localhostProfile' | undefined {
  switch (type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? undefined : 'type'
    case 'RuntimeDefault':
      return annotation === 'runtime/default' || annotation === 'docker/default' ? undefined : 'type'
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) return 'type'
      return annotation.slice('localhost/'.length) === localhostProfile ? undefined : 'localhostProfile'
    default:
      return undefined
  }
}
