/**
 * Reads the tokens that token-issuer.ts makes: signature, times, issuer, audience, and that the service account and what
 * the token is bound to still live under the same uid (pkg/serviceaccount/claims.go, KEP-1205).
 */

import type { KubeObject } from '../../api/meta/object.js'
import type { Clock } from '../../base/clock.js'
import type { Claims, Crypto } from '../crypto.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { credentialIdKey, serviceAccountGroups, serviceAccountUserName } from './user.js'

/** Milliseconds for which a deleted object's tokens go on working, so that a pod can shut down in order. */
const deletionLeewayMs = 60_000

export interface TokenVerdict {
  readonly user: User
  /** Audiences that both the token and the caller name. */
  readonly audiences: readonly string[]
}

export interface ServiceAccountOptions {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly lookup: Lookup
  readonly issuer: string
}

/** What is bound to a token, in the claim 'kubernetes.io'. */
interface Reference {
  readonly name: string
  readonly uid: string
}

interface PrivateClaims {
  readonly namespace: string
  readonly serviceAccount: Reference
  readonly pod: Reference | undefined
  readonly secret: Reference | undefined
  readonly node: Reference | undefined
}

/** Judges a service-account token for these audiences. A string is why it does not count; undefined means that it is no such token. */
export async function authenticateServiceAccount(
  token: string,
  audiences: readonly string[],
  { clock, crypto, lookup, issuer }: ServiceAccountOptions,
): Promise<TokenVerdict | string | undefined> {
  if (!looksIssuedBy(token, issuer)) return undefined
  const claims = await crypto.verify(token)
  if (!claims) return 'invalid bearer token'
  const now = clock.now() / 1000
  if (typeof claims.exp !== 'number' || claims.exp <= now) return 'service account token has expired'
  if (typeof claims.nbf === 'number' && claims.nbf > now + 1) return 'service account token is not valid yet'
  const aud = stringsOf(claims.aud)
  const shared = audiences.filter((one) => aud.includes(one))
  if (shared.length === 0) return `token audiences ${JSON.stringify(aud)} is invalid for the target audiences ${JSON.stringify(audiences)}`
  const held = privateClaims(claims)
  if (!held || claims.sub !== serviceAccountUserName(held.namespace, held.serviceAccount.name)) return 'invalid bearer token'
  let problem = problemOf(held, lookup, clock.now())
  if (problem) {
    await lookup.refresh()
    problem = problemOf(held, lookup, clock.now())
  }
  return problem ?? { user: userOf(held, claims), audiences: shared }
}

/** Whether the payload, unverified, names this issuer: other tokens are other authenticators' business. */
function looksIssuedBy(token: string, issuer: string): boolean {
  const parts = token.split('.')
  if (parts.length !== 3) return false
  try {
    const payload = (parts[1] as string).replaceAll('-', '+').replaceAll('_', '/')
    return (JSON.parse(atob(payload)) as { iss?: unknown }).iss === issuer
  } catch {
    return false
  }
}

function problemOf({ namespace, serviceAccount, pod, secret, node }: PrivateClaims, lookup: Lookup, now: number): string | undefined {
  const live = (resource: string, at: string, { name, uid }: Reference): boolean =>
    isLive(lookup.get({ group: '', resource }, at, name), uid, now)
  if (!live('serviceaccounts', namespace, serviceAccount)) return `service account ${namespace}/${serviceAccount.name} has been deleted`
  if (secret && !live('secrets', namespace, secret)) return 'service account token has been invalidated'
  if (pod && !live('pods', namespace, pod)) return 'service account token has been invalidated'
  if (node && !pod && !live('nodes', '', node)) return 'service account token has been invalidated'
  return undefined
}

function isLive(object: KubeObject | undefined, uid: string, now: number): boolean {
  if (!object || object.metadata.uid !== uid) return false
  const { deletionTimestamp } = object.metadata
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) > now - deletionLeewayMs
}

function userOf({ namespace, serviceAccount, pod, node }: PrivateClaims, claims: Claims): User {
  const extra: Record<string, readonly string[]> = {}
  if (typeof claims.jti === 'string') extra[credentialIdKey] = [`JTI=${claims.jti}`]
  if (node) {
    extra['authentication.kubernetes.io/node-name'] = [node.name]
    extra['authentication.kubernetes.io/node-uid'] = [node.uid]
  }
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name]
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid]
  }
  return {
    name: serviceAccountUserName(namespace, serviceAccount.name),
    uid: serviceAccount.uid,
    groups: serviceAccountGroups(namespace),
    extra,
  }
}

function privateClaims(claims: Claims): PrivateClaims | undefined {
  const held = claims['kubernetes.io'] as Record<string, unknown> | undefined
  const serviceAccount = reference(held?.serviceaccount)
  if (!held || typeof held.namespace !== 'string' || !serviceAccount) return undefined
  return { namespace: held.namespace, serviceAccount, pod: reference(held.pod), secret: reference(held.secret), node: reference(held.node) }
}

function reference(value: unknown): Reference | undefined {
  const { name, uid } = (value ?? {}) as { name?: unknown; uid?: unknown }
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
