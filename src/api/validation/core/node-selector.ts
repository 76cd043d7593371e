/** Node selectors and topology selectors: affinity of Pods and volumes, allowed topologies of storage classes. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, TopologySelectorTerm } from '../../types/core-v1.js'
import { dnsSubdomain, each, judged, qualifiedName } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalid, required } from '../field-path.js'
import { isLabelValue } from '../names.js'

const notOperator = (operator: string | undefined, path: FieldPath): FieldError =>
  invalid(path, operator ?? '', 'not a valid selector operator')

/** `anyValues`: values need not be label values (preferences, and what was there before). */
export function nodeSelector(selector: NodeSelector, path: FieldPath, anyValues = false): FieldError[] {
  const terms = path.child('nodeSelectorTerms')
  if (!selector.nodeSelectorTerms?.length) return [required(terms, 'must have at least one node selector term')]
  return each(selector.nodeSelectorTerms, terms, (term, at) => nodeSelectorTerm(term, at, anyValues))
}

export const nodeSelectorTerm = (
  { matchExpressions, matchFields }: NodeSelectorTerm,
  path: FieldPath,
  anyValues: boolean,
): FieldError[] => [
  ...each(matchExpressions, path.child('matchExpressions'), (item, at) => nodeLabelRequirement(item, at, anyValues)),
  ...each(matchFields, path.child('matchFields'), nodeFieldRequirement),
]

function nodeLabelRequirement(
  { key = '', operator, values = [] }: NodeSelectorRequirement,
  path: FieldPath,
  anyValues: boolean,
): FieldError[] {
  const at = path.child('values')
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
  } else errors.push(notOperator(operator, path.child('operator')))
  errors.push(...qualifiedName(key, path.child('key')))
  return anyValues ? errors : [...errors, ...each(values, at, (value, place) => judged(value, place, isLabelValue))]
}

function nodeFieldRequirement({ key = '', operator, values = [] }: NodeSelectorRequirement, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') errors.push(notOperator(operator, path.child('operator')))
  else if (values.length !== 1)
    errors.push(required(path.child('values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
  if (key !== 'metadata.name') return [...errors, invalid(path.child('key'), key, 'not a valid field selector key')]
  return [...errors, ...each(values, path.child('values'), dnsSubdomain)]
}

/** Whether a required node affinity has values that no label can have. */
export const hasOddNodeValues = (selector: NodeSelector | undefined): boolean =>
  (selector?.nodeSelectorTerms ?? []).some(({ matchExpressions }) =>
    (matchExpressions ?? []).some(({ values }) => (values ?? []).some((value) => isLabelValue(value).length > 0)),
  )

/** The terms of allowedTopologies; each tells its label's values once (ValidateTopologySelectorTerm). */
export function topologySelectorTerm({ matchLabelExpressions }: TopologySelectorTerm, path: FieldPath): FieldError[] {
  const keys = new Set<string>()
  return each(matchLabelExpressions, path.child('matchLabelExpressions'), ({ key = '', values = [] }, at) => {
    const seen = new Set<string>()
    const errors = values.length === 0 ? [required(at.child('values'))] : []
    for (const [i, value] of values.entries()) {
      if (seen.has(value)) errors.push(duplicate(at.child('values').index(i), value))
      seen.add(value)
    }
    errors.push(...qualifiedName(key, at.child('key')))
    if (keys.has(key)) errors.push(duplicate(at.child('key'), key))
    keys.add(key)
    return errors
  })
}
