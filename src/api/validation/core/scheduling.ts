/** Where a Pod may run: affinity, tolerations and taints, topology spread. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { LabelSelector } from '../../meta/object.js'
import type {
  Affinity,
  NodeAffinity,
  PodAffinity,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../../types/core-v1.js'
import { dnsLabel, each, oneOf, positive, qualifiedName, same } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { isLabelValue } from '../names.js'
import { nodeSelector, nodeSelectorTerm } from './node-selector.js'
import type { PodRules } from './pod-rules.js'

const requiredTerms = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferredTerms = 'preferredDuringSchedulingIgnoredDuringExecution'

export function affinity(given: Affinity | undefined, path: FieldPath, rules: PodRules): FieldError[] {
  return [
    ...nodeAffinity(given?.nodeAffinity, path.child('nodeAffinity'), rules),
    ...podAffinity(given?.podAffinity, path.child('podAffinity'), rules),
    ...podAffinity(given?.podAntiAffinity, path.child('podAntiAffinity'), rules),
  ]
}

function nodeAffinity(given: NodeAffinity | undefined, path: FieldPath, rules: PodRules): FieldError[] {
  const needed = given?.[requiredTerms]
  return [
    ...(needed ? nodeSelector(needed, path.child(requiredTerms), rules.oddNodeValues) : []),
    ...each(given?.[preferredTerms], path.child(preferredTerms), ({ weight, preference }, at) => [
      ...weightRange(weight, at),
      ...nodeSelectorTerm(preference ?? {}, at.child('preference'), true),
    ]),
  ]
}

const weightRange = (weight: number | undefined, path: FieldPath): FieldError[] =>
  (weight ?? 0) < 1 || (weight ?? 0) > 100 ? [invalid(path.child('weight'), weight ?? 0, 'must be in the range 1-100')] : []

function podAffinity(given: PodAffinity | undefined, path: FieldPath, rules: PodRules): FieldError[] {
  return [
    ...each(given?.[requiredTerms], path.child(requiredTerms), (term, at) => affinityTerm(term, at, rules)),
    ...each(given?.[preferredTerms], path.child(preferredTerms), ({ weight, podAffinityTerm }, at) => [
      ...weightRange(weight, at),
      ...affinityTerm(podAffinityTerm ?? { topologyKey: '' }, at.child('podAffinityTerm'), rules),
    ]),
  ]
}

function affinityTerm(term: PodAffinityTerm, path: FieldPath, rules: PodRules): FieldError[] {
  const topologyKey = term.topologyKey ?? ''
  const at = path.child('topologyKey')
  return [
    ...labelSelector(term.labelSelector, path.child('labelSelector'), rules.oddSelectorValues),
    ...labelSelector(term.namespaceSelector, path.child('namespaceSelector'), rules.oddSelectorValues),
    ...(term.namespaces ?? []).flatMap((name) => dnsLabel(name, path.child('namespace'))),
    ...labelKeys(term, path),
    ...(topologyKey ? [] : [required(at, 'can not be empty')]),
    ...qualifiedName(topologyKey, at),
  ]
}

/** validateLabelSelector() without its word on values, where odd ones are accepted. */
function labelSelector(selector: LabelSelector | undefined, path: FieldPath, anyValues: boolean): FieldError[] {
  const errors = validateLabelSelector(selector, path)
  return anyValues ? errors.filter(({ field }) => !/\.matchExpressions\[\d+\]\.values\[\d+\]$/.test(field)) : errors
}

interface LabelKeys {
  readonly labelSelector?: LabelSelector | undefined
  readonly matchLabelKeys?: readonly string[] | undefined
  readonly mismatchLabelKeys?: readonly string[] | undefined
}

/** ValidateMatchLabelKeysAndMismatchLabelKeys: what the server merged into the selector must not have been there. */
function labelKeys({ labelSelector: selector, matchLabelKeys = [], mismatchLabelKeys = [] }: LabelKeys, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, keys] of Object.entries({ matchLabelKeys, mismatchLabelKeys })) {
    if (keys.length === 0) continue
    if (!selector) errors.push(forbiddenField(path.child(name), 'must not be specified when labelSelector is not set'))
    else errors.push(...each(keys, path.child(name), qualifiedName))
  }
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}))
  for (const { key } of selector?.matchExpressions ?? []) {
    if (matchLabelKeys.includes(key) && selected.has(key))
      errors.push(invalid(path.index(matchLabelKeys.lastIndexOf(key)), key, 'exists in both matchLabelKeys and labelSelector'))
    selected.add(key)
  }
  for (const [i, key] of matchLabelKeys.entries())
    if (mismatchLabelKeys.includes(key))
      errors.push(invalid(path.child('matchLabelKeys').index(i), key, 'exists in both matchLabelKeys and mismatchLabelKeys'))
  return errors
}

export function topologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: FieldPath,
  rules: PodRules,
): FieldError[] {
  return each(constraints, path, (constraint, at, i) => {
    const { topologyKey, whenUnsatisfiable: action, minDomains, nodeAffinityPolicy, nodeTaintsPolicy } = constraint
    const errors = positive(constraint.maxSkew, at.child('maxSkew'))
    if (!topologyKey) errors.push(required(at.child('topologyKey'), 'can not be empty'))
    errors.push(...oneOf(action, at.child('whenUnsatisfiable'), ['DoNotSchedule', 'ScheduleAnyway']))
    const repeated = (constraints ?? [])
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === action)
    if (repeated) errors.push(duplicate(at.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${action}}`))
    if (minDomains !== undefined) {
      errors.push(...positive(minDomains, at.child('minDomains')))
      if (action !== 'DoNotSchedule')
        errors.push(
          invalid(at.child('minDomains'), minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action ?? ''}`),
        )
    }
    for (const [name, policy] of Object.entries({ nodeAffinityPolicy, nodeTaintsPolicy }))
      if (policy !== undefined) errors.push(...oneOf(policy, at.child(name), ['Honor', 'Ignore']))
    errors.push(...(rules.oddSpreadKeys ? spreadKeys(constraint, at.child('matchLabelKeys')) : labelKeys(constraint, at)))
    return rules.oddSpreadSelectors ? errors : [...errors, ...validateLabelSelector(constraint.labelSelector, at.child('labelSelector'))]
  })
}

/** The rule from before the keys were merged into the selector (ValidateMatchLabelKeysInTopologySpread). */
function spreadKeys({ labelSelector: selector, matchLabelKeys = [] }: TopologySpreadConstraint, path: FieldPath): FieldError[] {
  const selected = new Set([...Object.keys(selector?.matchLabels ?? {}), ...(selector?.matchExpressions ?? []).map(({ key }) => key)])
  return [
    ...(selector || matchLabelKeys.length === 0 ? [] : [forbiddenField(path, 'must not be specified when labelSelector is not set')]),
    ...each(matchLabelKeys, path, (key, at) => [
      ...qualifiedName(key, at),
      ...(selected.has(key) ? [invalid(at, key, 'exists in both matchLabelKeys and labelSelector')] : []),
    ]),
  ]
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function tolerations(list: readonly Toleration[] | undefined, path: FieldPath): FieldError[] {
  return each(list, path, ({ key = '', operator = '', value = '', effect = '', tolerationSeconds }, at) => {
    const errors = key ? qualifiedName(key, at.child('key')) : []
    if (!key && operator !== 'Exists')
      errors.push(
        invalid(at.child('operator'), operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(invalid(at.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    if (operator === 'Equal' || operator === '') {
      const wrong = isLabelValue(value)
      if (wrong.length > 0) errors.push(invalid(at.child('operator'), value, wrong.join(';')))
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(at.child('operator'), value, "value must be empty when `operator` is 'Exists'"))
    } else errors.push(notSupported(at.child('operator'), operator, ['Equal', 'Exists']))
    return effect ? [...errors, ...oneOf(effect, at.child('effect'), effects)] : errors
  })
}

/** Tolerations may be added and their seconds changed. */
export function onlyAddedTolerations(
  list: readonly Toleration[] | undefined,
  old: readonly Toleration[] | undefined,
  path: FieldPath,
): FieldError[] {
  for (const before of old ?? []) {
    if (!(list ?? []).some((toleration) => same({ ...before, tolerationSeconds: toleration.tolerationSeconds }, toleration)))
      return [forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds')]
  }
  return tolerations(list, path)
}

export function taints(list: readonly Taint[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return each(list, path, (taint, at) => {
    const { key = '', value = '', effect = '' } = taint
    const wrong = isLabelValue(value)
    const errors = [
      ...qualifiedName(key, at.child('key')),
      ...(wrong.length > 0 ? [invalid(at.child('value'), value, wrong.join(';'))] : []),
      ...(effect ? oneOf(effect, at.child('effect'), effects) : [required(at.child('effect'))]),
    ]
    const name = JSON.stringify([key, effect])
    if (seen.has(name)) {
      const { detail, ...error } = duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null })
      errors.push({ ...error, detail: `${detail}: taints must be unique by key and effect pair` })
    }
    seen.add(name)
    return errors
  })
}

/** Gates are conditions' names, each once. */
export function schedulingGates(list: readonly { readonly name: string }[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return each(list, path, ({ name = '' }, at) => {
    const errors = qualifiedName(name, at)
    if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    return errors
  })
}
