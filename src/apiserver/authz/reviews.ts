/**
 * Kinds that are questions: creating one gets it back with its status filled in, and nothing is stored. Who am I, whose
 * token is this, may this user, what may I.
 */
import type { KubeObject } from '../../api/meta/object.js'
import { badRequest } from '../../api/meta/status.js'
import type { Registry } from '../../api/registry.js'
import { type FieldError, field, invalid, invalidObject } from '../../api/validation/field-path.js'
import type { Authenticator } from '../authn/chain.js'
import { bodyOf } from '../body.js'
import type { Answer, ApiCall, Handler, ResourceTarget, User } from '../request.js'
import { served } from '../served.js'
import type { Attributes, Authorizer } from './authorizer.js'

export interface ReviewsOptions {
  readonly registry: Registry
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
}

type Review = (object: KubeObject, call: ApiCall, target: ResourceTarget) => Promise<object> | object

/** The handler of a review kind; undefined for any other kind. */
export function createReviews({ registry, authenticator, authorizer }: ReviewsOptions): (target: ResourceTarget) => Handler | undefined {
  const handler =
    (review: Review): Handler =>
    async (call) => {
      const target = call.target as ResourceTarget
      const object = bodyOf(call, { gvk: target.kind, schema: target.kind.schema }, registry)
      const { apiVersion, kind, metadata, spec } = object
      const status = await review(object, call, target)
      const reviewed = { kind, apiVersion, metadata, ...(spec === undefined ? {} : { spec }), status } as KubeObject
      return { type: 'object', code: 201, served: served(reviewed) } satisfies Answer
    }
  const handlers: Readonly<Record<string, Handler>> = {
    TokenReview: handler((object) => reviewToken(object, authenticator)),
    SelfSubjectReview: handler((_object, { user }) => ({ userInfo: userInfo(user) })),
    SubjectAccessReview: handler((object, _call, target) => reviewAccess(object, target, authorizer)),
    LocalSubjectAccessReview: handler((object, _call, target) => reviewAccess(object, target, authorizer)),
    SelfSubjectAccessReview: handler((object, { user }, target) => reviewAccess(object, target, authorizer, user)),
    SelfSubjectRulesReview: handler((object, { user }) => reviewRules(object, user, authorizer)),
  }
  return ({ kind }) => (kind.group === 'authentication.k8s.io' || kind.group === 'authorization.k8s.io' ? handlers[kind.kind] : undefined)
}

async function reviewToken({ spec }: KubeObject, authenticator: Authenticator): Promise<object> {
  const { token = '', audiences = [] } = (spec ?? {}) as { token?: string; audiences?: string[] }
  if (token === '') throw badRequest('token is required for TokenReview in authentication')
  const verdict = await authenticator.review(token, audiences)
  if (typeof verdict === 'string') return { user: {}, error: verdict }
  return { authenticated: true, user: userInfo(verdict.user), ...(audiences.length > 0 ? { audiences: verdict.audiences } : {}) }
}

interface AccessSpec {
  readonly user?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly resourceAttributes?: {
    readonly namespace?: string
    readonly verb?: string
    readonly group?: string
    readonly version?: string
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
  }
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
}

/** `self` is who asks about themselves; without it the spec names the user. */
function reviewAccess(object: KubeObject, { kind, namespace }: ResourceTarget, authorizer: Authorizer, self?: User): object {
  const spec = (object.spec ?? {}) as AccessSpec
  const errors = accessErrors(spec, self !== undefined, kind.namespaced ? namespace : undefined)
  if (errors.length > 0) throw invalidObject(kind, '', errors)
  const user = self ?? {
    name: spec.user ?? '',
    groups: spec.groups ?? [],
    ...(spec.uid ? { uid: spec.uid } : {}),
    ...(spec.extra ? { extra: spec.extra } : {}),
  }
  const { allowed, reason } = authorizer.authorize(attributesOf(spec, user))
  return { allowed, ...(reason ? { reason } : {}) }
}

function accessErrors(
  { user, groups, resourceAttributes, nonResourceAttributes }: AccessSpec,
  self: boolean,
  namespace: string | undefined,
): FieldError[] {
  const errors: FieldError[] = []
  if (resourceAttributes && nonResourceAttributes)
    errors.push(
      invalid(field('spec', 'nonResourceAttributes'), nonResourceAttributes, 'cannot be specified in combination with resourceAttributes'),
    )
  if (!resourceAttributes && !nonResourceAttributes)
    errors.push(
      invalid(
        field('spec', 'resourceAttributes'),
        nonResourceAttributes,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    )
  if (!self && !user && !groups?.length)
    errors.push(invalid(field('spec', 'user'), user ?? '', 'at least one of user or group must be specified'))
  if (namespace === undefined) return errors
  if (resourceAttributes && (resourceAttributes.namespace ?? '') !== namespace)
    errors.push(
      invalid(field('spec', 'resourceAttributes', 'namespace'), resourceAttributes.namespace ?? '', 'must match metadata.namespace'),
    )
  if (nonResourceAttributes)
    errors.push(invalid(field('spec', 'nonResourceAttributes'), nonResourceAttributes, 'disallowed on this kind of request'))
  return errors
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: AccessSpec, user: User): Attributes {
  if (!resourceAttributes) return { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes
  return { user, verb, resource: { group, version, resource, subresource, namespace, name } }
}

function reviewRules({ spec }: KubeObject, user: User, authorizer: Authorizer): object {
  const { namespace = '' } = (spec ?? {}) as { namespace?: string }
  if (namespace === '') throw badRequest('no namespace on request')
  const rules = authorizer.rulesFor(user, namespace)
  const part = (name: string, values: readonly string[] | undefined): object => (values && values.length > 0 ? { [name]: values } : {})
  return {
    resourceRules: rules
      .filter(({ resources }) => resources && resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        ...part('apiGroups', apiGroups),
        ...part('resources', resources),
        ...part('resourceNames', resourceNames),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs && nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, ...part('nonResourceURLs', nonResourceURLs) })),
    incomplete: false,
  }
}

/** authentication.k8s.io/v1 UserInfo. */
function userInfo({ name, uid, groups, extra }: User): object {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  }
}
