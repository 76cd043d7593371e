/**
 * Issues service-account tokens: what the TokenRequest subresource answers and kubelets mount. The claims are those of
 * pkg/serviceaccount/claims.go; authn/service-account.ts is the reader of them.
 */
import { seconds } from '../time.js'
import type { Clock } from '../../base/clock.js'
import type { Ids } from '../../base/ids.js'
import type { Crypto } from '../crypto.js'

/** What a token is bound to and dies with. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node'
  readonly name: string
  readonly uid: string
}

export interface TokenRequest {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  /** Empty: the API server's own audience. */
  readonly audiences: readonly string[]
  /** Seconds; the caller has judged the bounds (600 s to 2^32 s). */
  readonly expirationSeconds: number
  readonly bound?: BoundObject
  /** For a token bound to a pod: the node it is scheduled to. */
  readonly node?: { readonly name: string; readonly uid: string }
}

export interface IssuedToken {
  readonly token: string
  /** RFC 3339. */
  readonly expirationTimestamp: string
  readonly audiences: readonly string[]
}

export interface TokenIssuer {
  issue(request: TokenRequest): Promise<IssuedToken>
}

/** Seconds that a kubelet asks for, and gets a year's token for, so that clients that never reread it live on (KEP-1205). */
const warnOnlyExpirationSeconds = 3607
const extendedExpirationSeconds = 365 * 24 * 3600

/** `issuer` is the iss claim; `audience` what the API server accepts. */
export function createTokenIssuer(options: { clock: Clock; ids: Ids; crypto: Crypto; issuer: string; audience: string }): TokenIssuer {
  const { clock, ids, crypto, issuer, audience } = options
  return {
    async issue({ namespace, serviceAccount, audiences, expirationSeconds, bound, node }) {
      const now = Math.floor(clock.now() / 1000)
      const extended = expirationSeconds === warnOnlyExpirationSeconds && bound?.kind === 'Pod' && audiences.every((one) => one === audience)
      const expires = now + (extended ? extendedExpirationSeconds : expirationSeconds)
      const aud = audiences.length > 0 ? audiences : [audience]
      const ref = ({ name, uid }: { name: string; uid: string }) => ({ name, uid })
      const token = await crypto.sign({
        aud,
        exp: expires,
        iat: now,
        iss: issuer,
        jti: ids.uid(),
        'kubernetes.io': {
          namespace,
          ...(bound?.kind === 'Node' ? { node: ref(bound) } : bound?.kind === 'Pod' && node ? { node: ref(node) } : {}),
          ...(bound?.kind === 'Pod' ? { pod: ref(bound) } : {}),
          ...(bound?.kind === 'Secret' ? { secret: ref(bound) } : {}),
          serviceaccount: ref(serviceAccount),
          ...(extended ? { warnafter: now + expirationSeconds } : {}),
        },
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
      })
      return { token, expirationTimestamp: seconds((now + expirationSeconds) * 1000), audiences: aud }
    },
  }
}
