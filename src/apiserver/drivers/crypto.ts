/** Crypto on node:crypto and jose. RSA keys sign RS256, P-256 keys ES256; a key's id is upstream's: SHA-256 of its DER, base64url. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { CompactSign, compactVerify, exportJWK } from 'jose'
import { CodedError } from '../../base/errors.js'
import type { Claims, CreateCrypto, JsonWebKey } from '../crypto.js'

interface VerifyingKey {
  readonly key: KeyObject
  readonly kid: string
  readonly alg: string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Rejects with code 'BadKey' when a PEM is no key of a supported kind. */
export const createCrypto: CreateCrypto = async ({ signing, verifying = [] }) => {
  const privateKey = keyOf('sign', () => createPrivateKey(signing))
  const own = verifyingKey(createPublicKey(privateKey))
  const keys = [own, ...verifying.map((pem) => verifyingKey(keyOf('verify', () => createPublicKey(pem))))]
  return {
    sign: (claims) =>
      new CompactSign(encoder.encode(JSON.stringify(claims))).setProtectedHeader({ alg: own.alg, kid: own.kid }).sign(privateKey),
    async verify(token) {
      for (const { key, alg } of candidates(keys, token)) {
        try {
          const { payload } = await compactVerify(token, key, { algorithms: [alg] })
          return JSON.parse(decoder.decode(payload)) as Claims
        } catch {
          // The next key may be the one; a token that is no JWS fails with all of them.
        }
      }
      return undefined
    },
    publicKeys: () =>
      Promise.all(
        keys.map(async ({ key, kid, alg }): Promise<JsonWebKey> => ({ use: 'sig', ...(await exportJWK(key)), kid, alg }) as JsonWebKey),
      ),
    sha512: (text) => createHash('sha512').update(text).digest('hex').toUpperCase(),
    sameSecret(a, b) {
      const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer]
      return timingSafeEqual(left, right)
    },
  }
}

/** The keys that the token's header allows: the one it names, or all. */
function candidates(keys: readonly VerifyingKey[], token: string): readonly VerifyingKey[] {
  try {
    const { kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid?: string }
    return kid === undefined ? keys : keys.filter((key) => key.kid === kid)
  } catch {
    return []
  }
}

function verifyingKey(key: KeyObject): VerifyingKey {
  const kid = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'rsa') return { key, kid, alg: 'RS256' }
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return { key, kid, alg: 'ES256' }
  throw new CodedError('BadKey', `Cannot use a service-account key: ${curve ?? key.asymmetricKeyType} is neither RSA nor P-256`)
}

function keyOf(use: string, make: () => KeyObject): KeyObject {
  try {
    return make()
  } catch (cause) {
    throw new CodedError('BadKey', `Cannot read the key to ${use} service-account tokens with`, { cause })
  }
}
