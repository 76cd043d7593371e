/** Which objects a list or watch is about: namespace, labels and fields as one predicate. */
import type { Kind } from '../../api/kind.js'
import { type FieldSelector, parseFieldSelector, requiredFieldValue, SelectorError } from '../../api/meta/fields.js'
import { type LabelRequirement, matchesLabels, parseLabelSelector } from '../../api/meta/labels.js'
import { badRequest } from '../../api/meta/status.js'
import { presentObject } from './present.js'
import type { StoredItem } from './stored-item.js'

export interface Selection {
  /** No selector at all: everything in the namespace. */
  readonly everything: boolean
  /** The one name that can match, when a field selector says so. */
  readonly name: string | undefined
  readonly matches: (item: StoredItem) => boolean
}

/** Throws the 400 for selectors that cannot be parsed or name a field that is not selectable. */
export function selectionOf(kind: Kind, labelSelector: string, fieldSelector: string): Selection {
  const { terms, labels } = parsed(labelSelector, fieldSelector)
  const judged = terms.map((term) => ({ term, read: fieldReader(kind, term.field) }))
  return {
    everything: judged.length === 0 && labels.length === 0,
    name: requiredFieldValue(terms, 'metadata.name'),
    matches: (item) =>
      judged.every(({ term, read }) => (read(item) === term.value) === term.equal) &&
      (labels.length === 0 || matchesLabels(labels, item.object.metadata.labels)),
  }
}

function parsed(labelSelector: string, fieldSelector: string): { terms: FieldSelector; labels: LabelRequirement[] } {
  try {
    return {
      labels: labelSelector === '' ? [] : parseLabelSelector(labelSelector),
      terms: fieldSelector === '' ? [] : parseFieldSelector(fieldSelector),
    }
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error
  }
}

/** How a field is read; names are judged by the key alone, without parsing the object. */
function fieldReader(kind: Kind, name: string): (item: StoredItem) => string {
  if (name === 'metadata.name') return (item) => item.name
  if (name === 'metadata.namespace' && kind.namespaced) return (item) => item.namespace
  const selectable = kind.strategy.selectableFields
  const read = selectable && Object.hasOwn(selectable, name) ? selectable[name] : undefined
  if (!read) throw badRequest(`field label not supported: ${name}`)
  return (item) => read(presentObject(kind, item))
}
