/**
 * Bootstrap tokens (`abcdef.0123456789abcdef`): what a node joins with before it has a certificate. They are Secrets of
 * kube-system (plugin/pkg/auth/authenticator/token/bootstrap).
 */
import type { Clock } from '../../base/clock.js'
import type { Crypto } from '../crypto.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'

const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const extraGroupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** The user of a bootstrap token; undefined when it is none or does not count. */
export function userOfBootstrapToken(
  token: string,
  { clock, crypto, lookup }: { clock: Clock; crypto: Crypto; lookup: Lookup },
): User | undefined {
  const [, id, secret] = tokenForm.exec(token) ?? []
  if (id === undefined || secret === undefined) return undefined
  const object = lookup.get({ group: '', resource: 'secrets' }, 'kube-system', `bootstrap-token-${id}`)
  if (object?.type !== 'bootstrap.kubernetes.io/token' || object.metadata.deletionTimestamp) return undefined
  const data = (object.data ?? {}) as Record<string, string>
  const value = (key: string): string => decodeBase64(data[key] ?? '')
  if (value('token-id') !== id || !crypto.sameSecret(value('token-secret'), secret)) return undefined
  const expiration = value('expiration')
  if (expiration !== '' && !(Date.parse(expiration) > clock.now())) return undefined
  if (value('usage-bootstrap-authentication') !== 'true') return undefined
  const extra = value('auth-extra-groups')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  if (!extra.every((group) => extraGroupForm.test(group))) return undefined
  return { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra] }
}

function decodeBase64(text: string): string {
  try {
    return atob(text)
  } catch {
    return ''
  }
}
