/** Rows of who may do what: bindings, certificates, admission, priority and fairness (pkg/printers/internalversion). */
import type { KubeObject } from '../meta/object.js'
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from '../types/admissionregistration-v1.js'
import type { CertificateSigningRequest } from '../types/certificates-v1.js'
import type { FlowSchema, PriorityLevelConfiguration } from '../types/flowcontrol-v1.js'
import type { RoleBinding, Subject } from '../types/rbac-v1.js'
import { createdAgo, selectorCell } from './cells.js'
import { humanDuration } from './human-duration.js'

/** NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS, of both kinds of bindings. */
export function roleBindingRow(object: KubeObject, now: number): unknown[] {
  const { metadata, roleRef, subjects = [] } = object as unknown as RoleBinding
  const named = (kind: string, text: (subject: Subject) => string): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(text)
      .join(', ')
  return [
    metadata.name,
    `${roleRef.kind}/${roleRef.name}`,
    createdAgo(object, now),
    named('User', ({ name }) => name),
    named('Group', ({ name }) => name),
    named('ServiceAccount', ({ namespace, name }) => (namespace ? `${namespace}/${name}` : name)),
  ]
}

/** NAME AGE SIGNERNAME REQUESTOR REQUESTEDDURATION CONDITION. */
export function certificateSigningRequestRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as unknown as CertificateSigningRequest
  const { expirationSeconds } = spec
  return [
    metadata.name,
    createdAgo(object, now),
    spec.signerName || '<none>',
    spec.username ?? '',
    expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
    certificateState(status),
  ]
}

function certificateState(status: CertificateSigningRequest['status']): string {
  const has = (wanted: string): boolean => status?.conditions?.some(({ type }) => type === wanted) ?? false
  const state = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return `${state}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`
}

/** NAME WEBHOOKS AGE, of both kinds of configurations. */
export function webhookConfigurationRow(object: KubeObject, now: number): unknown[] {
  const { metadata, webhooks } = object as ValidatingWebhookConfiguration
  return [metadata.name, webhooks?.length ?? 0, createdAgo(object, now)]
}

export function validatingPolicyRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as ValidatingAdmissionPolicy
  return [metadata.name, spec?.validations?.length ?? 0, paramKindCell(spec?.paramKind), createdAgo(object, now)]
}

export function mutatingPolicyRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as MutatingAdmissionPolicy
  return [metadata.name, spec?.mutations?.length ?? 0, paramKindCell(spec?.paramKind), createdAgo(object, now)]
}

/** NAME POLICYNAME PARAMREF AGE, of both kinds of bindings. */
export function policyBindingRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as MutatingAdmissionPolicyBinding
  return [metadata.name, spec?.policyName ?? '', paramRefCell(spec?.paramRef), createdAgo(object, now)]
}

function paramKindCell(kind: ParamKind | undefined): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>'
}

/** Parameters without a namespace may be of any. */
function paramRefCell(reference: ParamRef | undefined): string {
  if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`
  return reference?.selector ? selectorCell(reference.selector) : '<unset>'
}

export function flowSchemaRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as FlowSchema
  return [
    metadata.name,
    spec?.priorityLevelConfiguration.name ?? '',
    spec?.matchingPrecedence ?? 0,
    spec?.distinguisherMethod?.type ?? '<none>',
    createdAgo(object, now),
    status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ]
}

export function priorityLevelRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as PriorityLevelConfiguration
  const limited = spec?.limited
  const queuing = limited?.limitResponse?.queuing
  const none = '<none>'
  return [
    metadata.name,
    spec?.type ?? '',
    limited ? (limited.nominalConcurrencyShares ?? 0) : none,
    queuing ? (queuing.queues ?? 0) : none,
    queuing ? (queuing.handSize ?? 0) : none,
    queuing ? (queuing.queueLengthLimit ?? 0) : none,
    createdAgo(object, now),
  ]
}
