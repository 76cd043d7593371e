/** Users and the groups that the API server itself knows (apiserver/pkg/authentication/user). */
import type { User } from '../request.js'

export const authenticatedGroup = 'system:authenticated'
export const unauthenticatedGroup = 'system:unauthenticated'
export const mastersGroup = 'system:masters'
export const anonymousUser: User = { name: 'system:anonymous', groups: [unauthenticatedGroup] }

/** Extra key under which a user's credential is named. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id'

/** The user, in system:authenticated, unless it is one of the two groups that everybody is in already. */
export function authenticated(user: User): User {
  if (user.groups.includes(authenticatedGroup) || user.groups.includes(unauthenticatedGroup)) return user
  return { ...user, groups: [...user.groups, authenticatedGroup] }
}

/** Namespace and name of a service account's user name; undefined for any other user. */
export function splitServiceAccount(userName: string): { namespace: string; name: string } | undefined {
  const parts = userName.split(':')
  const [system, kind, namespace, name] = parts
  if (parts.length !== 4 || system !== 'system' || kind !== 'serviceaccount' || !namespace || !name) return undefined
  return { namespace, name }
}

export function serviceAccountUserName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

/** Groups every service account is in, without system:authenticated. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}
