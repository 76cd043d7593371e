/**
 * Authorization as a question: may this user do this. The answer is given by authz/rbac.ts; escalation.ts and the
 * review kinds ask it too.
 */
import type { User } from '../request.js'

/** A request in the authorizer's terms (apiserver/pkg/authorization/authorizer Attributes). */
export interface Attributes {
  readonly user: User
  readonly verb: string
  /** Absent for a path that is no resource's. */
  readonly resource?: {
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
  }
  /** Judged against nonResourceURLs when `resource` is absent. */
  readonly path?: string
}

export interface Decision {
  readonly allowed: boolean
  /** Why, for SubjectAccessReview's status.reason; '' when nobody has an opinion. */
  readonly reason: string
}

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision
  /** All rules that hold for a user in a namespace, cluster-wide ones first; '' for the cluster-wide ones alone. */
  rulesFor(user: User, namespace: string): readonly PolicyRule[]
}
