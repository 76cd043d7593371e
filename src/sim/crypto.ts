/**
 * The Crypto port without cryptography: signatures that a seed decides, good for telling our own tokens from others' and
 * for nothing else. Real signatures differ on every call, which would make no two runs alike.
 */
import type { Claims, Crypto, TokenKeys } from '../apiserver/crypto.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function createSimCrypto({ signing }: TokenKeys): Crypto {
  const signatureOf = (text: string) => digest(`${signing}/${text}`, 64)
  const encode = (value: unknown) =>
    btoa(String.fromCharCode(...encoder.encode(JSON.stringify(value)))).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_', '=': '' })[c] ?? '')
  const decode = (text: string): unknown =>
    JSON.parse(decoder.decode(Uint8Array.from(atob(text.replace(/[-_]/g, (c) => (c === '-' ? '+' : '/'))), (c) => c.charCodeAt(0))))
  return {
    async sign(claims) {
      const text = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}`
      return `${text}.${signatureOf(text)}`
    },
    async verify(token) {
      const [header = '', claims = '', signature = ''] = token.split('.')
      return signature === signatureOf(`${header}.${claims}`) ? (decode(claims) as Claims) : undefined
    },
    publicKeys: async () => [],
    sha512: (text) => digest(text, 128).toUpperCase(),
    sameSecret: (a, b) => a === b,
  }
}

/** `digits` hexadecimal digits that depend on every character of the text (FNV-1a in many lanes). */
function digest(text: string, digits: number): string {
  let out = ''
  for (let lane = 0; out.length < digits; lane++) {
    let hash = 0x811c9dc5 ^ lane
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    out += (hash >>> 0).toString(16).padStart(8, '0')
  }
  return out.slice(0, digits)
}
