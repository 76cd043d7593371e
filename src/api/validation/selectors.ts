/** Selectors of workloads: what they select, and whether their templates are among it. */

import { SelectorError } from '../meta/fields.js'
import { type LabelQuery, labelSelectorQuery, matchesLabels, validateLabelSelector } from '../meta/labels.js'
import type { LabelSelector } from '../meta/object.js'
import type { PodTemplateSpec } from '../types/core-v1.js'
import { mapValue, selectorValue } from './checks.js'
import { type FieldError, type FieldPath, invalid, required } from './field-path.js'

/** The query of a selector; undefined when it makes none. */
export function queryOf(selector: LabelSelector | undefined): LabelQuery | undefined {
  try {
    return labelSelectorQuery(selector)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0

/** A selector that must be there and select something. */
export function workloadSelector(selector: LabelSelector | undefined, path: FieldPath, emptyText: string): FieldError[] {
  if (!selector) return [required(path)]
  return [
    ...validateLabelSelector(selector, path),
    ...(isEmptySelector(selector) ? [invalid(path, selectorValue(selector), emptyText)] : []),
  ]
}

/** The template must be among what the selector selects; `path` is the template's. */
export function templateMatches(query: LabelQuery, template: PodTemplateSpec | undefined, path: FieldPath): FieldError[] {
  const labels = template?.metadata?.labels
  if (matchesLabels(query, labels)) return []
  return [invalid(path.child('metadata', 'labels'), mapValue(labels) ?? null, '`selector` does not match template `labels`')]
}
