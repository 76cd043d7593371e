/**
 * What is accepted of a Pod's spec although it is wrong, because the object has it already: rules that became stricter
 * do not stop updates of what was there (GetValidationOptionsFromPodSpecAndMeta).
 */
import { validateLabelSelector } from '../../meta/labels.js'
import type { LabelSelector, ObjectMeta } from '../../meta/object.js'
import { Quantity } from '../../meta/quantity.js'
import type { Container, EphemeralContainer, PodAffinityTerm, PodSpec, PodTemplateSpec } from '../../types/core-v1.js'
import { quantityOf } from '../checks.js'
import { field } from '../field-path.js'
import { isLabelValue } from '../names.js'
import { unreservedPath } from '../paths.js'
import { hasOddNodeValues } from './node-selector.js'
import { isHugePages } from './resources.js'
import { hostSysctl } from './security-context.js'

export interface PodRules {
  /** A Pod, not the template of one. */
  readonly isPod: boolean
  readonly oddSelectorValues: boolean
  readonly oddNodeValues: boolean
  readonly oddSpreadSelectors: boolean
  readonly oddSpreadKeys: boolean
  readonly partialHugePages: boolean
  readonly tokenPathsAnywhere: boolean
  readonly hostSysctls: boolean
  readonly oddDeletionCost: boolean
  readonly blockDevicesInUserNamespace: boolean
}

/** How new specs are judged. */
export const strictPodRules: PodRules = {
  isPod: false,
  oddSelectorValues: false,
  oddNodeValues: false,
  oddSpreadSelectors: false,
  oddSpreadKeys: false,
  partialHugePages: false,
  tokenPathsAnywhere: false,
  hostSysctls: false,
  oddDeletionCost: false,
  blockDevicesInUserNamespace: false,
}

type AnyContainer = Container | EphemeralContainer

/** Every container with its place, in the order in which upstream visits them. */
export function containersOf(
  spec: PodSpec,
): { readonly container: AnyContainer; readonly list: 'initContainers' | 'containers' | 'ephemeralContainers'; readonly i: number }[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container: AnyContainer, i) => ({ container, list, i })),
  )
}

/** How a spec is judged that follows `old`. */
export function rulesAfter(old: PodSpec | undefined, meta: Partial<ObjectMeta> | undefined, isPod = false): PodRules {
  if (!old) return { ...strictPodRules, isPod }
  const { affinity, securityContext, topologySpreadConstraints: spread = [] } = old
  const containers = containersOf(old).map(({ container }) => container)
  return {
    isPod,
    oddSelectorValues: affinityTerms(old).some(
      ({ labelSelector, namespaceSelector }) => hasOddValues(labelSelector) || hasOddValues(namespaceSelector),
    ),
    oddNodeValues: hasOddNodeValues(affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    oddSpreadSelectors: spread.some(({ labelSelector }) => validateLabelSelector(labelSelector, field('')).length > 0),
    oddSpreadKeys: spread.some(({ labelSelector, matchLabelKeys = [] }) => overlaps(labelSelector, matchLabelKeys)),
    partialHugePages: containers.some(({ resources }) => hasPartialPages({ ...resources?.limits, ...resources?.requests })),
    tokenPathsAnywhere: (old.volumes ?? []).some(({ projected }) =>
      (projected?.sources ?? []).some(
        ({ serviceAccountToken: token }) => token !== undefined && unreservedPath(token.path, field('')).length > 0,
      ),
    ),
    hostSysctls: (securityContext?.sysctls ?? []).some(({ name }) => hostSysctl(name, old, field('')).length > 0),
    oddDeletionCost: meta !== undefined && !isDeletionCost(meta.annotations?.[deletionCost]),
    blockDevicesInUserNamespace: old.hostUsers === false && containers.some(({ volumeDevices }) => volumeDevices?.length),
  }
}

/** As rulesAfter(), for the template of a workload. */
export const templateRules = (old: PodTemplateSpec | undefined): PodRules => rulesAfter(old?.spec, old ? (old.metadata ?? {}) : undefined)

export const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'

/** An integer of 32 bits as Go writes it: no plus sign, no leading zeros. */
export function isDeletionCost(text: string | undefined): boolean {
  if (text === undefined) return true
  return /^(0|-?[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31
}

function affinityTerms({ affinity }: PodSpec): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((part) => [
    ...(part?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(part?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ])
}

const hasOddValues = (selector: LabelSelector | undefined): boolean =>
  (selector?.matchExpressions ?? []).some(({ values }) => (values ?? []).some((value) => isLabelValue(value).length > 0))

function overlaps(selector: LabelSelector | undefined, keys: readonly string[]): boolean {
  if (keys.length > 0 && !selector) return true
  const selected = [...Object.keys(selector?.matchLabels ?? {}), ...(selector?.matchExpressions ?? []).map(({ key }) => key)]
  return keys.some((key) => selected.filter((other) => other === key).length > 1)
}

const hasPartialPages = (resources: Readonly<Record<string, string>>): boolean =>
  Object.entries(resources).some(([name, value]) => {
    const size = isHugePages(name) ? Quantity.tryParse(name.slice('hugepages-'.length)) : undefined
    return size !== undefined && size.sign() > 0 && quantityOf(value).value() % size.value() !== 0n
  })
