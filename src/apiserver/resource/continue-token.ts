/**
 * The continue token of a list in pages, in the form of apiserver/pkg/storage/continue.go: base64url of
 * `{"v":"meta.k8s.io/v1","rv":N,"start":"..."}`. `start` is relative to the list's prefix, so a token cannot lead out of it.
 */
import { type ApiError, badRequest } from '../../api/meta/status.js'

export interface ContinueToken {
  /** The revision the list is taken at; -1: the newest, whatever changed since the first page. */
  readonly revision: number
  /** The first key of the next page, without the list's prefix. */
  readonly start: string
}

const tokenVersion = 'meta.k8s.io/v1'

export function encodeContinue({ revision, start }: ContinueToken): string {
  const json = JSON.stringify({ v: tokenVersion, rv: revision, start })
  const bytes = new TextEncoder().encode(json)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Throws the 400 that upstream gives for a token it did not make. */
export function decodeContinue(token: string): ContinueToken {
  const wrong = token.search(/[^A-Za-z0-9_-]/)
  if (wrong >= 0 || token.length % 4 === 1) throw invalidToken(`illegal base64 data at input byte ${wrong >= 0 ? wrong : token.length - 1}`)
  const binary = atob(token.replaceAll('-', '+').replaceAll('_', '/'))
  const text = new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
  let value: { v?: unknown; rv?: unknown; start?: unknown }
  try {
    value = JSON.parse(text) as typeof value
  } catch {
    throw invalidToken(
      /^\s*(["[{tfn\d-]|$)/.test(text)
        ? 'unexpected end of JSON input'
        : `invalid character '${text.trimStart()[0]}' looking for beginning of value`,
    )
  }
  if (value?.v !== tokenVersion)
    throw invalidToken(`server does not recognize this encoded version ${JSON.stringify(String(value?.v ?? ''))}`)
  if (typeof value.rv !== 'number' || value.rv === 0)
    throw invalidToken(`incorrect encoded start resourceVersion (version ${tokenVersion})`)
  if (typeof value.start !== 'string' || value.start === '') throw invalidToken(`encoded start key empty (version ${tokenVersion})`)
  if (`/${value.start}`.includes('/../')) throw invalidToken(value.start)
  return { revision: value.rv, start: value.start }
}

function invalidToken(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`)
}
