/** AppArmor profiles, which were annotations before they were fields (KEP-24): a new Pod's annotations become fields. */
import type { AppArmorProfile, Pod, PodSpec } from '../../types/core-v1.js'
import { allContainers } from './containers.js'

/** The annotation that names a container's profile. */
export const appArmorAnnotation = (container: string): string => `container.apparmor.security.beta.kubernetes.io/${container}`

/** Gives containers the profile that an annotation names, unless they or the Pod have it (applyAppArmorVersionSkew). */
export function adoptAppArmorAnnotations({ metadata, spec }: Pod): void {
  if (!spec || spec.os?.name === 'windows') return
  for (const container of allContainers(spec)) {
    const text = metadata.annotations?.[appArmorAnnotation(container.name)]
    const profile = text === undefined ? undefined : profileOf(text)
    if (!profile || container.securityContext?.appArmorProfile || sameProfile(profile, spec.securityContext?.appArmorProfile)) continue
    container.securityContext = { ...container.securityContext, appArmorProfile: profile }
  }
}

/** Containers whose profile an annotation gives; of templates only those that have no field for it. */
export function annotatedProfiles(spec: PodSpec, annotations: Readonly<Record<string, string>>, isPod: boolean): string[] {
  const named = allContainers(spec).filter(({ name }) => annotations[appArmorAnnotation(name)] !== undefined)
  const bare = named.filter(({ securityContext }) => isPod || !(spec.securityContext?.appArmorProfile || securityContext?.appArmorProfile))
  return bare.map(({ name }) => name)
}

function profileOf(text: string): AppArmorProfile | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' }
  if (text === 'runtime/default') return { type: 'RuntimeDefault' }
  const localhostProfile = text.startsWith('localhost/') ? text.slice('localhost/'.length) : ''
  return localhostProfile === '' ? undefined : { type: 'Localhost', localhostProfile }
}

function sameProfile(a: AppArmorProfile, b: AppArmorProfile | undefined): boolean {
  return a.type === b?.type && a.localhostProfile === b.localhostProfile
}
