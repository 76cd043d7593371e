/** ConfigMap and Secret: keys, sizes, what a type of Secret must hold, and what is fixed once marked immutable. */
import type { KubeObject } from '../../meta/object.js'
import type { ConfigMap, Secret } from '../../types/core-v1.js'
import { entriesOf, immutable, judged, kubeMeta, same, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required, tooLong } from '../field-path.js'
import { byteLength, isConfigMapKey } from '../names.js'

const bytesMax = 1024 * 1024
type Data = Readonly<Record<string, string>> | undefined

/** The bytes that base64 text stands for. */
const decodedLength = (text: string): number => Math.floor((text.replace(/[=\s]+/g, '').length * 3) / 4)
const keys = (data: Data, path: FieldPath): FieldError[] => entriesOf(data).flatMap(([key]) => judged(key, path.key(key), isConfigMapKey))
const total = (data: Data, length: (text: string) => number): number =>
  Object.values(data ?? {}).reduce((sum, text) => sum + length(text), 0)

export const validateConfigMap = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...configMap(object)]

function configMap(object: KubeObject): FieldError[] {
  const { data, binaryData } = object as unknown as ConfigMap
  const errors = entriesOf(data).flatMap(([key]) => {
    const at = field('data').key(key)
    return [
      ...judged(key, at, isConfigMapKey),
      ...(binaryData?.[key] === undefined ? [] : [invalid(at, key, 'duplicate of key present in binaryData')]),
    ]
  })
  errors.push(...keys(binaryData, field('binaryData')))
  return total(data, byteLength) + total(binaryData, decodedLength) > bytesMax ? [...errors, tooLong(field(''), bytesMax)] : errors
}

export function validateConfigMapUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  return [
    ...kubeMeta(object.metadata),
    ...frozen(object, before, ['data', 'binaryData']),
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...configMap(object),
  ]
}

/** Once `immutable` is set it stays, and so does the data. */
function frozen(object: KubeObject, before: KubeObject, fields: readonly string[]): FieldError[] {
  if (before['immutable'] !== true) return []
  const text = 'field is immutable when `immutable` is set'
  return [
    ...(object['immutable'] === true ? [] : [forbiddenField(field('immutable'), text)]),
    ...fields.filter((name) => !same(object[name], before[name])).map((name) => forbiddenField(field(name), text)),
  ]
}

export const validateSecret = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...secret(object)]

export function validateSecretUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  return [
    ...kubeMeta(object.metadata),
    ...immutable((object as unknown as Secret).type ?? '', (before as unknown as Secret).type ?? '', field('type')),
    ...frozen(object, before, ['data']),
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...secret(object),
  ]
}

const accountName = 'kubernetes.io/service-account.name'
const dataPath = field('data')

function secret(object: KubeObject): FieldError[] {
  const { data, type } = object as unknown as Secret
  const errors = keys(data, dataPath)
  if (total(data, decodedLength) > bytesMax) errors.push(tooLong(dataPath, bytesMax))
  const missing = (...names: readonly string[]): FieldError[] =>
    names.filter((name) => data?.[name] === undefined).map((name) => required(dataPath.key(name)))
  switch (type) {
    case 'kubernetes.io/service-account-token':
      if (!object.metadata.annotations?.[accountName]) errors.push(required(field('metadata', 'annotations').key(accountName)))
      return errors
    case 'kubernetes.io/dockercfg':
      return [...errors, ...missing('.dockercfg'), ...jsonObject(data, '.dockercfg')]
    case 'kubernetes.io/dockerconfigjson':
      return [...errors, ...missing('.dockerconfigjson'), ...jsonObject(data, '.dockerconfigjson')]
    case 'kubernetes.io/basic-auth': {
      const both = missing('username', 'password')
      return both.length === 2 ? [...errors, ...both] : errors
    }
    case 'kubernetes.io/ssh-auth':
      return data?.['ssh-privatekey'] ? errors : [...errors, required(dataPath.key('ssh-privatekey'))]
    case 'kubernetes.io/tls':
      return [...errors, ...missing('tls.crt', 'tls.key')]
    default:
      return errors
  }
}

function jsonObject(data: Data, key: string): FieldError[] {
  const text = data?.[key]
  if (text === undefined) return []
  const wrong = jsonError(decodeText(text))
  return wrong === undefined ? [] : [invalid(dataPath.key(key), '<secret contents redacted>', wrong)]
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function decodeText(base64: string): string {
  const bytes: number[] = []
  let bits = 0
  let buffer = 0
  for (const character of base64.replace(/[=\s]+/g, '')) {
    buffer = ((buffer << 6) | alphabet.indexOf(character)) & 0xffff
    bits += 6
    if (bits >= 8) bytes.push((buffer >> (bits -= 8)) & 0xff)
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

/** What Go says of a text that is no JSON object. */
function jsonError(text: string): string | undefined {
  if (text.trim() === '') return 'unexpected end of JSON input'
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
  } catch {
    const first = text.trim()[0] ?? ''
    return `invalid character ${first === "'" ? `'\\''` : `'${first}'`} looking for beginning of value`
  }
}
