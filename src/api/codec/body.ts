/**
 * A request's body to an object of the kind that is asked for: JSON, YAML or protobuf, with kubernetes' errors for all
 * that can be wrong with it (apiserver's create and update handlers over the versioning codec).
 *
 * Next: decode.ts for fields, yaml.ts, protobuf.ts.
 */
import { unreachable } from '../../base/assert.js'
import { messageOf } from '../../base/errors.js'
import { apiVersionOf, type GroupVersionKind, type KubeObject } from '../meta/object.js'
import { type ApiError, badRequest } from '../meta/status.js'
import type { Registry } from '../registry.js'
import type { ObjectSchema } from '../schema/types.js'
import { conversionError } from './conversion-error.js'
import { DecodeError, type DecodeResult, decodeValue } from './decode.js'
import { JsonSyntaxError, type JsonText, NumberLiteral, parseJson } from './json-text.js'
import { decodeProtobuf, ProtobufError } from './protobuf.js'
import { parseYaml, YamlError } from './yaml.js'

export type BodyFormat = 'json' | 'yaml' | 'protobuf'
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

/** What a body is to become. */
export interface BodyTarget {
  readonly gvk: GroupVersionKind
  readonly schema: ObjectSchema
  /** Other kinds and group-versions are taken as they are (DeleteOptions comes in every group's name). */
  readonly anyGroupVersion?: boolean
}

export interface Body {
  readonly object: KubeObject
  /** Texts for Warning headers; empty unless validation is Warn. */
  readonly warnings: readonly string[]
}

/** Decodes a body; throws ApiError 400. */
export function decodeBody(
  bytes: Uint8Array,
  format: BodyFormat,
  target: BodyTarget,
  registry: Registry,
  validation: FieldValidation,
): Body {
  const document = readDocument(bytes, format, target)
  const gvk = withDefaults(document.gvk, target.gvk)
  const { object, strict } = decodeDocument(document, gvk, target, registry)
  if (validation === 'Strict' && strict.length > 0) throw cannotBeHandled(gvk, target, `strict decoding error: ${strict.join(', ')}`)
  return { object, warnings: validation === 'Warn' ? strict : [] }
}

/**
 * Decodes what is already a value (a patched object, an applied configuration) as decodeBody() does; throws ApiError 400.
 */
export function decodeObject(value: unknown, target: BodyTarget, registry: Registry, validation: FieldValidation): Body {
  const document: Document = {
    gvk: interpret(value, target, () => new TextEncoder().encode(JSON.stringify(value))),
    text: { value, repeated: new Map() },
    strict: [],
  }
  const gvk = withDefaults(document.gvk, target.gvk)
  const { object, strict } = decodeDocument(document, gvk, target, registry)
  if (validation === 'Strict' && strict.length > 0) throw cannotBeHandled(gvk, target, `strict decoding error: ${strict.join(', ')}`)
  return { object, warnings: validation === 'Warn' ? strict : [] }
}

/** A byte order mark is part of the text, as it is to Go. */
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

interface Document {
  /** As the body says; '' where it does not. */
  readonly gvk: GroupVersionKind
  readonly text?: JsonText
  readonly protobuf?: Uint8Array
  /** What the format itself finds amiss: keys that a YAML mapping has twice. */
  readonly strict: readonly string[]
}

function readDocument(bytes: Uint8Array, format: BodyFormat, target: BodyTarget): Document {
  try {
    switch (format) {
      case 'json': {
        const text = parseJson(textOf(bytes))
        return { gvk: interpret(text.value, target, () => bytes), text, strict: [] }
      }
      case 'yaml': {
        const { value, strict } = parseYaml(textOf(bytes))
        return { gvk: interpret(value, target, () => bytes), text: { value, repeated: new Map() }, strict }
      }
      case 'protobuf': {
        const { apiVersion, kind, raw } = decodeProtobuf.envelope(bytes)
        return { gvk: { ...groupVersionOf(apiVersion, target, () => bytes), kind }, protobuf: raw, strict: [] }
      }
      default:
        return unreachable(format)
    }
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unrecognized(target, `couldn't get version/kind; json parse error: ${error.message}`, bytes)
    if (error instanceof YamlError || error instanceof ProtobufError) throw unrecognized(target, error.message, bytes)
    throw error
  }
}

/** The kind a value says it is (apimachinery's SimpleMetaFactory). */
function interpret(value: unknown, target: BodyTarget, bytes: () => Uint8Array): GroupVersionKind {
  const refuse = (what: unknown, where: string): never => {
    const found = Array.isArray(what)
      ? 'array'
      : what instanceof NumberLiteral
        ? 'number'
        : typeof what === 'boolean'
          ? 'bool'
          : typeof what
    throw unrecognized(target, `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go ${where}`, bytes())
  }
  if (value === null) return { group: '', version: '', kind: '' }
  const shape = 'value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberLiteral) return refuse(value, shape)
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown }
  if (apiVersion !== undefined && apiVersion !== null && typeof apiVersion !== 'string')
    return refuse(apiVersion, 'struct field .apiVersion of type string')
  if (kind !== undefined && kind !== null && typeof kind !== 'string') return refuse(kind, 'struct field .kind of type string')
  return { ...groupVersionOf(apiVersion ?? '', target, bytes), kind: kind ?? '' }
}

/** apimachinery's ParseGroupVersion. */
function groupVersionOf(apiVersion: string, target: BodyTarget, bytes: () => Uint8Array): { group: string; version: string } {
  const parts = apiVersion.split('/')
  if (apiVersion === '' || apiVersion === '/') return { group: '', version: '' }
  const [first = '', second = ''] = parts
  if (parts.length === 1) return { group: '', version: first }
  if (parts.length === 2) return { group: first, version: second }
  throw unrecognized(target, `unexpected GroupVersion string: ${apiVersion}`, bytes())
}

function withDefaults(gvk: GroupVersionKind, defaults: GroupVersionKind): GroupVersionKind {
  const kind = gvk.kind || defaults.kind
  if (gvk.version === '' && (gvk.group === '' || gvk.group === defaults.group))
    return { group: defaults.group, version: defaults.version, kind }
  return { ...gvk, kind }
}

function decodeDocument(
  document: Document,
  gvk: GroupVersionKind,
  target: BodyTarget,
  registry: Registry,
): { object: KubeObject; strict: readonly string[] } {
  const same = gvk.group === target.gvk.group && gvk.version === target.gvk.version && gvk.kind === target.gvk.kind
  const schema = same || (target.anyGroupVersion && gvk.kind === target.gvk.kind) ? target.schema : registry.schemaOf(gvk)
  if (!schema) {
    const apiVersion = apiVersionOf(gvk)
    throw cannotBeHandled(
      gvk,
      target,
      `no kind "${gvk.kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:100"`,
    )
  }
  const { object, strict } = decodeFields(document, schema, gvk, target)
  const unconvertible = conversionError(gvk, object)
  if (unconvertible) throw cannotBeHandled(gvk, target, unconvertible)
  if (gvk.kind !== target.gvk.kind)
    throw cannotBeHandled(
      gvk,
      target,
      `converting (${schema.goType ?? gvk.kind}) to (${internalPackage(target.gvk.group)}.${target.gvk.kind}): unknown conversion`,
    )
  if (!same && !target.anyGroupVersion)
    throw badRequest(
      `the API version in the data (${apiVersionOf(gvk)}) does not match the expected API version (${apiVersionOf(target.gvk)})`,
    )
  const { apiVersion: _, kind: __, ...rest } = object
  const metadata = (rest['metadata'] ?? {}) as KubeObject['metadata']
  return {
    object: {
      apiVersion: apiVersionOf(gvk),
      kind: gvk.kind,
      ...rest,
      ...(schema.fields.has('metadata') ? { metadata } : {}),
    } as KubeObject,
    strict: [...document.strict, ...strict],
  }
}

function decodeFields(document: Document, schema: ObjectSchema, gvk: GroupVersionKind, target: BodyTarget): DecodeResult {
  try {
    if (document.protobuf) return { object: decodeProtobuf.message(document.protobuf, schema), strict: [] }
    return decodeValue(document.text?.value, schema, document.text?.repeated)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ProtobufError) throw cannotBeHandled(gvk, target, messageOf(error))
    throw error
  }
}

const cannotBeHandled = (gvk: GroupVersionKind, target: BodyTarget, why: string): ApiError =>
  badRequest(`${gvk.kind} in version "${gvk.version}" cannot be handled as a ${target.gvk.kind}: ${why}`)

const unrecognized = (target: BodyTarget, why: string, bytes: Uint8Array): ApiError =>
  badRequest(`the object provided is unrecognized (must be of type ${target.gvk.kind}): ${why} (${summary(bytes)})`)

const summaryBytes = 30

/** The start of a body, as apiserver's summarizeData puts it into errors: text of JSON, hexadecimal of anything else. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>'
  const head = bytes.slice(0, summaryBytes)
  const more = bytes.length > summaryBytes ? ' ...' : ''
  if (head[0] === 0x7b) return new TextDecoder().decode(head) + more
  return Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('') + more
}

/** The Go package of a group's internal types: `core`, `apps`, `rbac`. */
function internalPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group)
}
