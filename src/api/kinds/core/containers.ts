/** All containers of a Pod, of all three sorts, in the order in which upstream visits them. */
import type { Container, EphemeralContainer, PodSpec } from '../../types/core-v1.js'
import type { FieldPath } from '../../validation/field-path.js'

export type AnyContainer = Container | EphemeralContainer

/** Containers with their paths below the spec's. */
export function containersOf(spec: PodSpec, path: FieldPath): { readonly container: AnyContainer; readonly path: FieldPath }[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    ((spec[list] ?? []) as readonly AnyContainer[]).map((container, i) => ({ container, path: path.child(list).index(i) })),
  )
}

/** Containers alone, for those who do not say where they are. */
export function allContainers(spec: PodSpec): AnyContainer[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]
}
