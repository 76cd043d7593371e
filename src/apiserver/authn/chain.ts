/**
 * Who is asking: the first authenticator that knows the credentials answers. Certificate, then bearer token (static,
 * bootstrap, service account), then anonymous. Credentials that nobody knows are a 401, never anonymous.
 */

import { unauthorized } from '../../api/meta/status.js'
import type { Clock } from '../../base/clock.js'
import type { Claims, Crypto } from '../crypto.js'
import type { ClientCertificate } from '../listener.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { userOfBootstrapToken } from './bootstrap-token.js'
import { userOfCertificate } from './certificate.js'
import { authenticateServiceAccount, type TokenVerdict } from './service-account.js'
import { anonymousUser, authenticated } from './user.js'

/** A token known from the start, as kube-apiserver's --token-auth-file has them. */
export interface StaticToken {
  readonly token: string
  readonly user: User
}

export interface AuthenticatorOptions {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly lookup: Lookup
  readonly staticTokens: readonly StaticToken[]
  /** The iss of service-account tokens. */
  readonly issuer: string
  /** Audiences that the API server answers to. */
  readonly audiences: readonly string[]
  readonly anonymous: boolean
}

interface Credentials {
  readonly certificate?: ClientCertificate | 'untrusted' | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface Authenticator {
  /** Throws ApiError 401. A promise only when a token must be looked into, so that the usual case costs nothing. */
  authenticate(credentials: Credentials): User | Promise<User>
  /** For TokenReview: the user of a token for these audiences (empty: the server's own), or why there is none. */
  review(token: string, audiences: readonly string[]): Promise<TokenVerdict | string>
}

/** Signatures that were found good; a signature does not go bad, so only its claims are judged again. */
const verifiedTokensMax = 1024
const bearerProtocol = 'base64url.bearer.authorization.k8s.io.'

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const crypto = rememberVerified(options.crypto)
  const serviceAccounts = { clock: options.clock, crypto, lookup: options.lookup, issuer: options.issuer }

  async function review(token: string, requested: readonly string[]): Promise<TokenVerdict | string> {
    const audiences = requested.length > 0 ? requested : options.audiences
    const shared = audiences.filter((one) => options.audiences.includes(one))
    const known =
      options.staticTokens.find((one) => crypto.sameSecret(one.token, token))?.user ?? userOfBootstrapToken(token, { ...options, crypto })
    if (known) return shared.length > 0 ? { user: authenticated(known), audiences: shared } : 'invalid bearer token'
    const verdict = (await authenticateServiceAccount(token, audiences, serviceAccounts)) ?? 'invalid bearer token'
    return typeof verdict === 'string' ? verdict : { user: authenticated(verdict.user), audiences: verdict.audiences }
  }

  async function userOfToken(token: string): Promise<User> {
    const verdict = await review(token, options.audiences)
    if (typeof verdict === 'string') throw unauthorized()
    return verdict.user
  }

  return {
    review,
    authenticate({ certificate, headers }) {
      const user = certificate && certificate !== 'untrusted' ? userOfCertificate(certificate) : undefined
      if (user) return user
      const token = bearerToken(headers)
      if (token !== undefined) return userOfToken(token)
      if (certificate === 'untrusted' || !options.anonymous) throw unauthorized()
      return anonymousUser
    },
  }
}

/** The token of an Authorization header, or of the subprotocol that browsers, which cannot set headers, carry it in. */
function bearerToken(headers: Readonly<Record<string, string>>): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined) {
    const [scheme = '', token = ''] = authorization.trim().split(' ')
    if (scheme.toLowerCase() === 'bearer' && token !== '') return token
  }
  const protocols = headers['sec-websocket-protocol']
  if (!protocols?.includes(bearerProtocol)) return undefined
  const protocol =
    protocols
      .split(',')
      .map((one) => one.trim())
      .find((one) => one.startsWith(bearerProtocol)) ?? ''
  try {
    return atob(protocol.slice(bearerProtocol.length).replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    throw unauthorized()
  }
}

function rememberVerified(crypto: Crypto): Crypto {
  const verified = new Map<string, Claims>()
  return {
    ...crypto,
    async verify(token) {
      const known = verified.get(token)
      if (known) return known
      const claims = await crypto.verify(token)
      if (!claims) return undefined
      if (verified.size >= verifiedTokensMax) verified.delete(verified.keys().next().value as string)
      verified.set(token, claims)
      return claims
    },
  }
}
