/**
 * OpenAPI v2 as gnostic's protobuf message openapi.v2.Document, which kubectl (for lists and unknown kinds) and Argo CD ask
 * for. Field numbers are those of gnostic-models' OpenAPIv2.proto. Only what openApiV2() and custom resources write is known.
 */
import protobuf from 'protobufjs/minimal.js'
import type { Json } from './definitions.js'

type Writer = protobuf.Writer

/** The media type of the encoded document; clients also send it with `@` before the version. */
export const gnosticMediaType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Encodes what openApiV2() makes. */
export function encodeGnosticV2(document: Json): Uint8Array {
  const writer = protobuf.Writer.create()
  text(writer, 1, document['swagger'])
  message(writer, 2, (w) => {
    const info = document['info'] as Json
    text(w, 1, info['title'])
    text(w, 2, info['version'])
  })
  message(writer, 8, (w) => eachNamed(w, 2, document['paths'], pathItem))
  message(writer, 9, (w) => eachNamed(w, 1, document['definitions'], schemaOf))
  for (const requirement of (document['security'] as Json[] | undefined) ?? [])
    message(writer, 12, (w) => eachNamed(w, 1, requirement, (value, scopes) => texts(value, 1, scopes)))
  message(writer, 13, (w) =>
    eachNamed(w, 1, document['securityDefinitions'], (value, definition) => message(value, 2, (key) => apiKey(key, definition as Json))),
  )
  return writer.finish()
}

function text(writer: Writer, number: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') writer.uint32((number << 3) | 2).string(value)
}

function texts(writer: Writer, number: number, values: unknown): void {
  for (const value of (values as string[] | undefined) ?? []) writer.uint32((number << 3) | 2).string(value)
}

function flag(writer: Writer, number: number, value: unknown): void {
  if (value === true) writer.uint32(number << 3).bool(true)
}

function integer(writer: Writer, number: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) writer.uint32(number << 3).int64(value)
}

function double(writer: Writer, number: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) writer.uint32((number << 3) | 1).double(value)
}

function message(writer: Writer, number: number, write: (writer: Writer) => void): void {
  writer.uint32((number << 3) | 2).fork()
  write(writer)
  writer.ldelim()
}

/** Named* messages: {name = 1, value = 2}, one for each member. */
function eachNamed(writer: Writer, number: number, members: unknown, write: (writer: Writer, value: unknown) => void): void {
  for (const [name, value] of Object.entries((members as Json | undefined) ?? {}))
    message(writer, number, (w) => {
      text(w, 1, name)
      message(w, 2, (inner) => write(inner, value))
    })
}

/** Any values as YAML, of which JSON is a part: {yaml = 2}. */
function any(writer: Writer, number: number, value: unknown): void {
  message(writer, number, (w) => text(w, 2, `${JSON.stringify(value)}\n`))
}

function vendorExtensions(writer: Writer, number: number, object: Json): void {
  for (const [name, value] of Object.entries(object))
    if (name.startsWith('x-'))
      message(writer, number, (w) => {
        text(w, 1, name)
        any(w, 2, value)
      })
}

const methodNumbers: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 }

function pathItem(writer: Writer, value: unknown): void {
  const item = value as Json
  for (const [method, number] of Object.entries(methodNumbers))
    if (item[method]) message(writer, number, (w) => operation(w, item[method] as Json))
  for (const parameter of (item['parameters'] as Json[] | undefined) ?? []) message(writer, 9, (w) => parameterOf(w, parameter))
}

function operation(writer: Writer, object: Json): void {
  texts(writer, 1, object['tags'])
  text(writer, 3, object['description'])
  text(writer, 5, object['operationId'])
  texts(writer, 6, object['produces'])
  texts(writer, 7, object['consumes'])
  for (const parameter of (object['parameters'] as Json[] | undefined) ?? []) message(writer, 8, (w) => parameterOf(w, parameter))
  message(writer, 9, (w) =>
    eachNamed(w, 1, object['responses'], (inner, response) => message(inner, 1, (r) => responseOf(r, response as Json))),
  )
  texts(writer, 10, object['schemes'])
  vendorExtensions(writer, 13, object)
}

/** ParametersItem {parameter = 1 {body_parameter = 1, non_body_parameter = 2 {query = 3, path = 4}}}. */
function parameterOf(writer: Writer, object: Json): void {
  message(writer, 1, (parameter) => {
    if (object['in'] === 'body')
      message(parameter, 1, (w) => {
        text(w, 1, object['description'])
        text(w, 2, object['name'])
        text(w, 3, object['in'])
        flag(w, 4, object['required'])
        message(w, 5, (schema) => schemaOf(schema, object['schema']))
      })
    else message(parameter, 2, (w) => message(w, object['in'] === 'path' ? 4 : 3, (sub) => simpleParameter(sub, object)))
  })
}

/** Path and query parameters differ in that the latter have allow_empty_value = 5 in between. */
function simpleParameter(writer: Writer, object: Json): void {
  const shift = object['in'] === 'path' ? 0 : 1
  flag(writer, 1, object['required'])
  text(writer, 2, object['in'])
  text(writer, 3, object['description'])
  text(writer, 4, object['name'])
  text(writer, 5 + shift, object['type'])
  flag(writer, 19 + shift, object['uniqueItems'])
}

function responseOf(writer: Writer, object: Json): void {
  text(writer, 1, object['description'])
  if (object['schema']) message(writer, 2, (item) => message(item, 1, (w) => schemaOf(w, object['schema'])))
}

function schemaOf(writer: Writer, value: unknown): void {
  const schema = value as Json
  text(writer, 1, schema['$ref'])
  text(writer, 2, schema['format'])
  text(writer, 3, schema['title'])
  text(writer, 4, schema['description'])
  if (schema['default'] !== undefined) any(writer, 5, schema['default'])
  double(writer, 6, schema['multipleOf'])
  double(writer, 7, schema['maximum'])
  flag(writer, 8, schema['exclusiveMaximum'])
  double(writer, 9, schema['minimum'])
  flag(writer, 10, schema['exclusiveMinimum'])
  for (const [i, name] of ['maxLength', 'minLength'].entries()) integer(writer, 11 + i, schema[name])
  text(writer, 13, schema['pattern'])
  for (const [i, name] of ['maxItems', 'minItems'].entries()) integer(writer, 14 + i, schema[name])
  flag(writer, 16, schema['uniqueItems'])
  for (const [i, name] of ['maxProperties', 'minProperties'].entries()) integer(writer, 17 + i, schema[name])
  texts(writer, 19, schema['required'])
  for (const choice of (schema['enum'] as unknown[] | undefined) ?? []) any(writer, 20, choice)
  const additional = schema['additionalProperties']
  if (additional === true) message(writer, 21, (w) => flag(w, 2, true))
  else if (additional) message(writer, 21, (w) => message(w, 1, (inner) => schemaOf(inner, additional)))
  if (schema['type']) message(writer, 22, (w) => text(w, 1, schema['type']))
  if (schema['items']) message(writer, 23, (w) => message(w, 1, (inner) => schemaOf(inner, schema['items'])))
  for (const part of (schema['allOf'] as unknown[] | undefined) ?? []) message(writer, 24, (w) => schemaOf(w, part))
  if (schema['properties']) message(writer, 25, (w) => eachNamed(w, 1, schema['properties'], schemaOf))
  vendorExtensions(writer, 31, schema)
}

function apiKey(writer: Writer, definition: Json): void {
  text(writer, 1, definition['type'])
  text(writer, 2, definition['name'])
  text(writer, 3, definition['in'])
  text(writer, 4, definition['description'])
}
