/** A Job's spec, in a Job or in the template of one: counts, completion modes, and the policies for failure and success. */
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule, SuccessPolicyRule } from '../../types/batch-v1.js'
import type { PodTemplateSpec } from '../../types/core-v1.js'
import { each, nonNegative, oneOf, qualifiedName } from '../checks.js'
import { podTemplate } from '../core/pod-spec.js'
import { domainPrefixedPath } from '../domain-path.js'
import { duplicate, type FieldError, type FieldPath, invalid, notSupported, required, tooLong, tooMany } from '../field-path.js'
import { byteLength } from '../names.js'
import { IndexError, indexCount } from './indexes.js'

const parallelismMax = 100_000
const failedIndexesMax = 100_000
const completionsSoftMax = 100_000
const manyCompletionsMax = 10_000
const rulesMax = 20
const exitCodesMax = 255
const patternsMax = 20
const managerBytesMax = 63
const indexesBytesMax = 64 * 1024

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

export function jobSpec(spec: JobSpec, path: FieldPath, old: PodTemplateSpec | undefined): FieldError[] {
  const at = (name: string): FieldPath => path.child(name)
  const { completionMode: mode, managedBy, podFailurePolicy, podReplacementPolicy: replacement, successPolicy } = spec
  const errors = counts.flatMap((name) => nonNegative(spec[name], at(name)))
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(at('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'))
  if (managedBy !== undefined) {
    errors.push(...domainPrefixedPath(managedBy, at('managedBy')))
    if (byteLength(managedBy) > managerBytesMax) errors.push(tooLong(at('managedBy'), managerBytesMax))
  }
  if (mode !== undefined) errors.push(...oneOf(mode, at('completionMode'), ['NonIndexed', 'Indexed']))
  if (mode === 'Indexed') errors.push(...indexed(spec, path))
  if (mode === undefined || mode === 'NonIndexed')
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (spec[name] !== undefined) errors.push(invalid(at(name), spec[name], 'requires indexed completion mode'))
  if (podFailurePolicy) errors.push(...failurePolicy(spec, at('podFailurePolicy').child('rules')))
  if (successPolicy && mode !== 'Indexed')
    errors.push(invalid(at('successPolicy'), goSuccessPolicy(successPolicy.rules), 'requires indexed completion mode'))
  if (successPolicy && mode === 'Indexed') errors.push(...successRules(spec, at('successPolicy').child('rules')))
  if (replacement !== undefined)
    errors.push(...oneOf(replacement, at('podReplacementPolicy'), podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']))
  return [
    ...errors,
    ...podTemplate(spec.template, at('template'), old),
    ...restartPolicy(spec, path.child('template', 'spec', 'restartPolicy')),
  ]
}

const goSuccessPolicy = (rules: readonly SuccessPolicyRule[] | undefined): unknown => ({
  Rules: (rules ?? []).map(({ succeededIndexes, succeededCount }) => ({
    SucceededIndexes: succeededIndexes ?? null,
    SucceededCount: succeededCount ?? null,
  })),
})

function indexed({ completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex }: JobSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const at = path.child('maxFailedIndexes')
  if (completions === undefined) errors.push(required(path.child('completions'), 'when completion mode is Indexed'))
  if (parallelism > parallelismMax)
    errors.push(
      invalid(path.child('parallelism'), parallelism, `must be less than or equal to ${parallelismMax} when completion mode is Indexed`),
    )
  if (completions !== undefined && failed !== undefined && failed > completions)
    errors.push(invalid(at, failed, 'must be less than or equal to completions'))
  if (failed !== undefined && failed > failedIndexesMax)
    errors.push(invalid(at, failed, `must be less than or equal to ${failedIndexesMax}`))
  if (completions === undefined || completions <= completionsSoftMax || backoffLimitPerIndex === undefined) return errors
  const text = `must be less than or equal to ${manyCompletionsMax} when completions are above ${completionsSoftMax} and used with backoff limit per index`
  if (failed === undefined) errors.push(required(at, `must be specified when completions is above ${completionsSoftMax}`))
  if (parallelism > manyCompletionsMax) errors.push(invalid(path.child('parallelism'), parallelism, text))
  return failed !== undefined && failed > manyCompletionsMax ? [...errors, invalid(at, failed, text)] : errors
}

/** What runs to completion is not always restarted. */
function restartPolicy({ template, podFailurePolicy }: JobSpec, path: FieldPath): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy === 'Always' || policy === '') return [required(path, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])]
  return podFailurePolicy && policy !== 'Never'
    ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : []
}

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const valid = (values: readonly string[]): string => `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`
/** An invalid value that is not shown. */
const unshown = (path: FieldPath, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: path.text,
  detail: `Invalid value: ${why}`,
})

function failurePolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const names = new Set(
    [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map(({ name }) => name),
  )
  return [
    ...(rules.length > rulesMax ? [tooMany(path, rules.length, rulesMax)] : []),
    ...each(rules, path, (rule, at) => failureRule(rule, at, { names, perIndex: spec.backoffLimitPerIndex !== undefined })),
  ]
}

function failureRule(
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  path: FieldPath,
  { names, perIndex }: { readonly names: ReadonlySet<string>; readonly perIndex: boolean },
): FieldError[] {
  const at = path.child('action')
  const errors: FieldError[] = []
  if (!action) errors.push(required(at, valid(actions)))
  else if (action === 'FailIndex') {
    if (!perIndex) errors.push(invalid(at, action, 'requires the backoffLimitPerIndex to be set'))
  } else errors.push(...oneOf(action, at, actions))
  if (onExitCodes) errors.push(...exitCodes(onExitCodes, path.child('onExitCodes'), names))
  if (onPodConditions.length > patternsMax) errors.push(tooMany(path.child('onPodConditions'), onPodConditions.length, patternsMax))
  errors.push(
    ...each(onPodConditions, path.child('onPodConditions'), ({ type, status }, place) => [
      ...qualifiedName(type, place.child('type')),
      ...(status
        ? oneOf(status, place.child('status'), ['False', 'True', 'Unknown'])
        : [required(place.child('status'), valid(['False', 'True', 'Unknown']))]),
    ]),
  )
  if (onExitCodes && onPodConditions.length > 0)
    errors.push(unshown(path, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!onExitCodes && onPodConditions.length === 0)
    errors.push(unshown(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  return errors
}

function exitCodes(
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  path: FieldPath,
  names: ReadonlySet<string>,
): FieldError[] {
  const errors = operator
    ? oneOf(operator, path.child('operator'), ['In', 'NotIn'])
    : [required(path.child('operator'), valid(['In', 'NotIn']))]
  if (containerName !== undefined && !names.has(containerName))
    errors.push(
      invalid(path.child('containerName'), containerName, 'must be one of the container or initContainer names in the pod template'),
    )
  const at = path.child('values')
  if (values.length === 0) errors.push(invalid(at, values, 'at least one value is required'))
  else if (values.length > exitCodesMax) errors.push(tooMany(at, values.length, exitCodesMax))
  errors.push(
    ...each(values, at, (value, place, i) => [
      ...(operator === 'In' && value === 0 ? [invalid(place, value, 'must not be 0 for the In operator')] : []),
      ...(values.indexOf(value) < i ? [duplicate(place, value)] : []),
    ]),
  )
  return values.some((value, i) => i > 0 && (values[i - 1] ?? 0) > value) ? [...errors, invalid(at, values, 'must be ordered')] : errors
}

function successRules({ successPolicy, completions = 0 }: JobSpec, path: FieldPath): FieldError[] {
  const rules = successPolicy?.rules ?? []
  return [
    ...(rules.length === 0 ? [required(path, 'at least one rules must be specified when the successPolicy is specified')] : []),
    ...(rules.length > rulesMax ? [tooMany(path, rules.length, rulesMax)] : []),
    ...each(rules, path, (rule, at) => successRule(rule, at, completions)),
  ]
}

function successRule(
  { succeededIndexes: indexes, succeededCount: count }: SuccessPolicyRule,
  path: FieldPath,
  completions: number,
): FieldError[] {
  const errors: FieldError[] = []
  let total = 0
  if (count === undefined && indexes === undefined)
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'))
  if (indexes !== undefined) {
    const at = path.child('succeededIndexes')
    if (byteLength(indexes) > indexesBytesMax) errors.push(tooLong(at, indexesBytesMax))
    try {
      total = indexCount(indexes, completions)
    } catch (error) {
      if (!(error instanceof IndexError)) throw error
      errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${error.message}`))
    }
  }
  if (count === undefined) return errors
  const at = path.child('succeededCount')
  errors.push(...nonNegative(count, at))
  if (count > completions)
    errors.push(invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`))
  if (indexes !== undefined && count > total)
    errors.push(
      invalid(at, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`),
    )
  return errors
}
