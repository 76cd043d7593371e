/** Paths to fields of custom resources, `.spec.replicas` or `.metadata.labels['a']` (pkg/apiserver/schema/cel's ValidFieldPath). */
import { additionalOf, type Schema } from './schema-parts.js'

/** The fields on the way and the schema at its end, or what is wrong with the path. */
export type FoundField = { readonly names: readonly string[]; readonly schema: Schema | undefined } | string

const unknownField = 'does not refer to a valid field'
const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' }

/** Where the path leads; `keys` tells whether ['key'] may be used. */
export function findField(path: string, root: Schema, keys: boolean): FoundField {
  const tokens = path.match(/'(?:[^']|(?<=\\)')*'|[.[\]]|[^.[\]]+/g) ?? []
  const names: string[] = []
  let schema: Schema | undefined = root
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i++] ?? ''
    if (token !== '.' && token !== '[') return `expected [ or . but got: ${token}`
    if (token === '[' && !keys) return 'array notation is not allowed'
    const next = tokens[i++]
    if (next === undefined) return 'unexpected end of JSON path'
    const name = token === '[' ? unquoted(next) : { text: next }
    if (typeof name === 'string') return name
    const inside: { readonly schema: Schema | undefined } | undefined = schema && step(schema, name.text)
    if (inside === undefined) return unknownField
    schema = inside.schema
    names.push(name.text)
    if (token === '.') continue
    const closing = tokens[i++]
    if (closing === undefined) return 'unexpected end of JSON path'
    if (closing !== ']') return `expected ] but got ${closing}`
  }
  return { names, schema }
}

function step(schema: Schema, name: string): { readonly schema: Schema | undefined } | undefined {
  if (schema.properties && Object.keys(schema.properties).length > 0) return schema.properties[name] && { schema: schema.properties[name] }
  const additional = additionalOf(schema)
  return additional && { schema: additional.schema }
}

function unquoted(token: string): { readonly text: string } | string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) return `expected single quoted string but got ${token}`
  const bad = [...token.slice(1, -1).matchAll(/\\(.)/g)].find(([, letter]) => escapes[letter ?? ''] === undefined)
  if (bad) return `invalid string literal: invalid escape char ${bad[0]}`
  return { text: token.slice(1, -1).replace(/\\(.)/g, (_all, letter: string) => escapes[letter] ?? '') }
}
