/**
 * Issues service-account tokens: what the TokenRequest subresource answers and kubelets mount. The claims are those of
 * pkg/serviceaccount/claims.go; service-account.ts reads them again.
 */
import type { Clock } from '../../base/clock.js'
import type { Ids } from '../../base/ids.js'
import type { Crypto } from '../crypto.js'
import type { TokenClaims } from '../resource/resources.js'

/** Makes a token; `expirationMs` (since the epoch) is what status.expirationTimestamp says. */
export type SignToken = (claims: TokenClaims) => Promise<{ readonly token: string; readonly expirationMs: number }>

/** A kubelet asks for 3607 s and gets a year, so that clients that never reread their token live on (KEP-1205). */
const warnOnlyExpirationSeconds = 3607
const extendedExpirationSeconds = 365 * 24 * 3600

/** `issuer` is the iss claim; `audience` is what the API server itself accepts and what a request without audiences gets. */
export function createTokenIssuer(options: { clock: Clock; ids: Ids; crypto: Crypto; issuer: string; audience: string }): SignToken {
  const { clock, ids, crypto, issuer, audience } = options
  return async ({ namespace, serviceAccount, audiences, expirationSeconds, boundObject, node }) => {
    const now = Math.floor(clock.now() / 1000)
    const pod = boundObject?.kind === 'Pod' ? boundObject : undefined
    const extended = expirationSeconds === warnOnlyExpirationSeconds && pod !== undefined && audiences.every((one) => one === audience)
    const boundNode = boundObject?.kind === 'Node' ? boundObject : pod && node
    const secret = boundObject?.kind === 'Secret' ? boundObject : undefined
    const token = await crypto.sign({
      aud: audiences.length > 0 ? audiences : [audience],
      exp: now + (extended ? extendedExpirationSeconds : expirationSeconds),
      iat: now,
      iss: issuer,
      jti: ids.uid(),
      'kubernetes.io': {
        namespace,
        ...(boundNode ? { node: reference(boundNode) } : {}),
        ...(pod ? { pod: reference(pod) } : {}),
        ...(secret ? { secret: reference(secret) } : {}),
        serviceaccount: reference(serviceAccount),
        ...(extended ? { warnafter: now + expirationSeconds } : {}),
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    })
    return { token, expirationMs: (now + expirationSeconds) * 1000 }
  }
}

function reference({ name, uid }: { readonly name: string; readonly uid: string }): { name: string; uid: string } {
  return { name, uid }
}
