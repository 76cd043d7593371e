/**
 * Webhook configurations: which requests go to which webhook (pkg/apis/admissionregistration/validation). An update may keep
 * what older versions let in: side effects, unknown review versions and repeated names that were there before.
 */
import type { KubeObject } from '../../meta/object.js'
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../types/admissionregistration-v1.js'
import { each, same } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, invalid, notSupported, required } from '../field-path.js'
import { isDns1035Label } from '../names.js'
import { fullyQualifiedName, webhookClient } from '../webhook-client.js'
import { failurePolicies, ifGiven, labelSelector, matchConditions, matchPolicies, ruleWithOperations } from './match.js'

type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>
type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration

const reviewVersions = ['v1', 'v1beta1']
const noSideEffects = ['None', 'NoneOnDryRun']
const anySideEffects = ['None', 'NoneOnDryRun', 'Some', 'Unknown']
const reinvocationPolicies = ['IfNeeded', 'Never']

interface Demands {
  readonly noSideEffects: boolean
  readonly knownVersion: boolean
  readonly uniqueNames: boolean
  readonly conditions: boolean
}

const allDemands: Demands = { noSideEffects: true, knownVersion: true, uniqueNames: true, conditions: true }

const webhooksOf = (object: KubeObject): readonly Webhook[] => (object as unknown as Configuration).webhooks ?? []

export const validateWebhookConfiguration = (object: KubeObject): FieldError[] => configuration(webhooksOf(object), allDemands)

export function validateWebhookConfigurationUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const old = webhooksOf(before)
  const names = old.map(({ name }) => name).filter(Boolean)
  return configuration(webhooksOf(object), {
    noSideEffects: old.every(({ sideEffects }) => noSideEffects.includes(sideEffects)),
    knownVersion: old.every(({ admissionReviewVersions }) => hasKnownVersion(admissionReviewVersions)),
    uniqueNames: new Set(names).size === names.length,
    conditions: !old.some(({ matchConditions: was }, i) => was?.length && same(was, webhooksOf(object)[i]?.matchConditions)),
  })
}

const hasKnownVersion = (versions: readonly string[] | undefined): boolean =>
  (versions ?? []).some((version) => reviewVersions.includes(version))

function configuration(webhooks: readonly Webhook[], demands: Demands): FieldError[] {
  const seen = new Set<string>()
  return each(webhooks, field('webhooks'), (hook, path) => {
    const errors = [
      ...webhook(hook, path, demands),
      ...versions(hook.admissionReviewVersions, path.child('admissionReviewVersions'), demands),
    ]
    if (demands.uniqueNames && hook.name && seen.has(hook.name)) errors.push(duplicate(path.child('name'), hook.name))
    seen.add(hook.name)
    return errors
  })
}

function webhook(hook: Webhook, path: FieldPath, demands: Demands): FieldError[] {
  const { timeoutSeconds } = hook
  const tooLong = timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1)
  return [
    ...fullyQualifiedName(hook.name, path.child('name')),
    ...each(hook.rules, path.child('rules'), ruleWithOperations),
    ...ifGiven(hook.failurePolicy, path.child('failurePolicy'), failurePolicies),
    ...ifGiven(hook.matchPolicy, path.child('matchPolicy'), matchPolicies),
    ...sideEffects(hook.sideEffects, path.child('sideEffects'), demands.noSideEffects ? noSideEffects : anySideEffects),
    ...(tooLong ? [invalid(path.child('timeoutSeconds'), timeoutSeconds, 'the timeout value must be between 1 and 30 seconds')] : []),
    ...labelSelector(hook.namespaceSelector, path.child('namespaceSelector')),
    ...labelSelector(hook.objectSelector, path.child('objectSelector')),
    ...ifGiven(hook.reinvocationPolicy, path.child('reinvocationPolicy'), reinvocationPolicies),
    ...webhookClient(hook.clientConfig ?? {}, path.child('clientConfig')),
    ...(demands.conditions ? matchConditions(hook.matchConditions, path.child('matchConditions')) : []),
  ]
}

function sideEffects(value: string | undefined, path: FieldPath, allowed: readonly string[]): FieldError[] {
  if (value === undefined) return [required(path, `must specify one of ${allowed.join(', ')}`)]
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)]
}

function versions(list: readonly string[] | undefined, path: FieldPath, { knownVersion }: Demands): FieldError[] {
  const known = reviewVersions.join(', ')
  if (!list?.length) return [required(path, `must specify one of ${known}`)]
  return [
    ...each(list, path, (version, at, i) => {
      if (list.indexOf(version) < i) return [invalid(at, version, 'duplicate version')]
      return isDns1035Label(version).map((text) => invalid(at, version, text))
    }),
    ...(knownVersion && !hasKnownVersion(list) ? [invalid(path, list, `must include at least one of ${known}`)] : []),
  ]
}
