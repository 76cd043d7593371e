/**
 * Service account tokens for pods, by TokenRequest, bound to the pod and renewed when 80 % of their life or 24 hours have
 * passed (pkg/kubelet/token/token_manager.go).
 */

import { parseTime } from '../../api/meta/time.js'
import type { Pod } from '../../api/types/core-v1.js'
import type { Clock } from '../../base/clock.js'
import type { Client } from '../../client/client.js'

export interface TokenSource {
  token(pod: Pod, request: { readonly audience: string | undefined; readonly expirationSeconds: number }): Promise<string>
  /** Forgets the tokens of a pod. */
  forget(uid: string): void
}

const maxAgeMs = 24 * 3_600_000

export function createTokenSource(client: Client, clock: Clock): TokenSource {
  const tokens = new Map<string, { token: string; renewAt: number }>()
  return {
    async token(pod, { audience, expirationSeconds }) {
      const { name, namespace = '', uid = '' } = pod.metadata
      const account = pod.spec?.serviceAccountName || 'default'
      const key = `${uid}/${audience ?? ''}/${expirationSeconds}`
      const known = tokens.get(key)
      if (known && clock.now() < known.renewAt) return known.token
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
      }
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`
      const answer = (await client.raw({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: new TextEncoder().encode(JSON.stringify(body)),
      })) as {
        status?: { token?: string; expirationTimestamp?: string }
      }
      const token = answer.status?.token ?? ''
      const now = clock.now()
      const expires = parseTime(answer.status?.expirationTimestamp ?? '') ?? now + expirationSeconds * 1000
      tokens.set(key, { token, renewAt: Math.min(now + (expires - now) * 0.8, now + maxAgeMs) })
      return token
    },
    forget(uid) {
      for (const key of tokens.keys()) if (key.startsWith(`${uid}/`)) tokens.delete(key)
    },
  }
}
