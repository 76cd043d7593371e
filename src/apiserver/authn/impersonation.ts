/**
 * Impersonation: acting as somebody else, header by header, each of which must be allowed to the one who really asks
 * (apiserver/pkg/endpoints/filters/impersonation).
 */
import type { Authorizer } from '../authz/authorizer.js'
import { authorizeOrForbid } from '../authz/forbidden.js'
import type { Incoming } from '../listener.js'
import type { User } from '../request.js'
import { anonymousUser, authenticated, serviceAccountGroups, splitServiceAccount, unauthenticatedGroup } from './user.js'

const extraPrefix = 'impersonate-extra-'

/** What was asked without a user: answered as plain text, not as a Status, as upstream does. */
export class ImpersonationError extends Error {
  override readonly name = 'ImpersonationError'
}

/** The user to act as: `user` itself when no header asks for another. Throws ApiError 403, or ImpersonationError. */
export function impersonate(user: User, incoming: Pick<Incoming, 'headers' | 'values'>, authorizer: Authorizer): User {
  const { headers } = incoming
  const name = headers['impersonate-user'] ?? ''
  const uid = headers['impersonate-uid'] ?? ''
  const groups = headers['impersonate-group'] === undefined ? [] : incoming.values('impersonate-group')
  const extra = extraOf(incoming)
  if (name === '') {
    if (groups.length === 0 && uid === '' && extra === undefined) return user
    const asked = [
      ...groups.map((group) => `Group ${group}`),
      ...Object.keys(extra ?? {}).map((key) => `UserExtra ${key}`),
      ...(uid ? [`UID ${uid}`] : []),
    ]
    throw new ImpersonationError(`requested [${asked.join(' ')}] without impersonating a user`)
  }

  const check = (group: string, resource: string, subresource: string, namespace: string, who: string): void =>
    authorizeOrForbid(authorizer, {
      user,
      verb: 'impersonate',
      resource: { group, version: 'v1', resource, subresource, namespace, name: who },
    })
  const account = splitServiceAccount(name)
  if (account) check('', 'serviceaccounts', '', account.namespace, account.name)
  else check('', 'users', '', '', name)
  for (const group of groups) check('', 'groups', '', '', group)
  for (const [key, values] of Object.entries(extra ?? {}))
    for (const value of values) check('authentication.k8s.io', 'userextras', key, '', value)
  if (uid !== '') check('authentication.k8s.io', 'uids', '', '', uid)

  const asked = groups.length > 0 ? groups : account ? serviceAccountGroups(account.namespace) : []
  const acting = { name, groups: asked, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }
  if (name !== anonymousUser.name) return authenticated(acting)
  return asked.includes(unauthenticatedGroup) ? acting : { ...acting, groups: [...asked, unauthenticatedGroup] }
}

function extraOf({ headers, values }: Pick<Incoming, 'headers' | 'values'>): Record<string, readonly string[]> | undefined {
  let extra: Record<string, readonly string[]> | undefined
  for (const header in headers) {
    if (!header.startsWith(extraPrefix)) continue
    extra ??= {}
    extra[decodeKey(header.slice(extraPrefix.length))] = values(header)
  }
  return extra
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
