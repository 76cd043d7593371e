/**
 * Values to an object of a schema, as Go's encoding/json (in sigs.k8s.io/json's form) fills a struct: what does not fit
 * is an error in Go's words, what no field names is reported and dropped, and the result is what Go would write back,
 * except for nulls, which are left out (encode.ts puts them where the wire has them).
 *
 * The first misfit of a type is remembered and decoding goes on; an error of a type that decodes itself (time, quantity,
 * int-or-string) ends it at once and wins. Both are thrown as DecodeError.
 */
import type { ObjectSchema, TypeSchema } from '../schema/types.js'
import { goTypeOf } from './go-names.js'
import { NumberLiteral, plain, put } from './json-text.js'
import { assemble, layoutOf, zeroElement } from './layout.js'
import { canonicalBase64, canonicalQuantity, canonicalTime, ScalarError } from './scalars.js'

/** A value that does not fit its schema; the message is Go's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  /** What did not fit what, for a decoder further out to say where. */
  readonly misfit: Misfit | undefined
  constructor(message: string, misfit?: Misfit) {
    super(message)
    this.misfit = misfit
  }
}

interface Misfit {
  readonly message: string
  /** Absent for errors that name no Go type. */
  readonly what?: string
  readonly goType?: string
}

export interface DecodeResult {
  readonly object: Record<string, unknown>
  /** `unknown field "spec.foo"`, `duplicate field "spec.foo"`; in the order of the input, each once, at most 100. */
  readonly strict: readonly string[]
}

type Repeated = ReadonlyMap<object, readonly (readonly [string, unknown])[]>
const none: Repeated = new Map()

/** Decodes a parsed document. `repeated` comes from parseJson(). Throws DecodeError. */
export function decodeValue(value: unknown, schema: ObjectSchema, repeated: Repeated = none): DecodeResult {
  const decoder = new Decoder(repeated)
  const object = decoder.object(value, { type: 'object', object: schema }) as Record<string, unknown> | undefined
  decoder.finish()
  return { object: object ?? assemble([], layoutOf(schema)), strict: decoder.strict }
}

const strictErrorsMax = 100

class Decoder {
  readonly strict: string[] = []
  #saved: Misfit | undefined
  readonly #repeated: Repeated
  /** Go's error context: the struct whose field is being read, and the fields on the way to it. */
  #struct = ''
  readonly #fields: string[] = []
  /** Where in the input: names of fields, keys of maps, positions in lists. */
  readonly #path: (string | number)[] = []

  constructor(repeated: Repeated) {
    this.#repeated = repeated
  }

  /** Throws the misfit that was remembered, if any. */
  finish(): void {
    if (this.#saved) throw new DecodeError(this.#saved.message, this.#saved)
  }

  #value(value: unknown, type: TypeSchema): unknown {
    switch (type.type) {
      case 'string':
        return type.format === undefined || type.format === 'duration' ? this.#text(value, type) : this.#formatted(value, type, type.format)
      case 'integer':
        return this.#integer(value, type)
      case 'number':
        if (value instanceof NumberLiteral) return value.valueOf()
        return typeof value === 'number' ? value : this.#misfit(value, type)
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#misfit(value, type)
      case 'any':
        return this.#any(value, type)
      case 'object':
        return this.object(value, type)
      case 'list':
        return this.#list(value, type)
      case 'map':
        return this.#map(value, type)
    }
  }

  object(value: unknown, type: Extract<TypeSchema, { type: 'object' }>): unknown {
    if (value === null) return undefined
    if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberLiteral) return this.#misfit(value, type)
    const layout = layoutOf(type.object)
    const values: unknown[] = []
    const outer = this.#struct
    const entries = this.#repeated.get(value)
    if (entries) this.#repeatedMembers(entries, type.object, values)
    else {
      for (const key of Object.keys(value)) {
        const position = layout.positions.get(key)
        const field = position === undefined ? undefined : layout.fields[position]
        if (field === undefined || position === undefined) {
          if (!type.object.preserveUnknown) this.#strict('unknown', key)
          continue
        }
        this.#struct = layout.structName
        values[position] = this.#member(key, (value as Record<string, unknown>)[key], field.type)
      }
    }
    this.#struct = outer
    return assemble(values, layout, type.object.preserveUnknown ? this.#unknownMembers(value, type.object) : undefined)
  }

  #member(key: string, value: unknown, type: TypeSchema): unknown {
    this.#fields.push(key)
    this.#path.push(key)
    const decoded = this.#value(value, type)
    this.#path.pop()
    this.#fields.pop()
    return decoded
  }

  /** As the loop in object(), for objects in which a key comes twice: the last one counts. */
  #repeatedMembers(entries: readonly (readonly [string, unknown])[], schema: ObjectSchema, values: unknown[]): void {
    const layout = layoutOf(schema)
    const seen = new Set<string>()
    for (const [key, member] of entries) {
      const position = layout.positions.get(key)
      const field = position === undefined ? undefined : layout.fields[position]
      if (field === undefined || position === undefined) {
        if (!schema.preserveUnknown) this.#strict('unknown', key)
        continue
      }
      if (seen.has(key)) this.#strict('duplicate', key)
      seen.add(key)
      this.#struct = layout.structName
      values[position] = this.#member(key, member, field.type)
    }
  }

  #unknownMembers(value: object, schema: ObjectSchema): Record<string, unknown> {
    const unknown: Record<string, unknown> = {}
    for (const [key, member] of Object.entries(value)) if (!schema.fields.has(key)) put(unknown, key, plain(member))
    return unknown
  }

  #list(value: unknown, type: Extract<TypeSchema, { type: 'list' }>): unknown {
    if (value === null) return undefined
    if (!Array.isArray(value)) return this.#misfit(value, type)
    const list: unknown[] = []
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i)
      list.push(this.#value(value[i], type.items) ?? zeroElement(type.items))
      this.#path.pop()
    }
    return list
  }

  #map(value: unknown, type: Extract<TypeSchema, { type: 'map' }>): unknown {
    if (value === null) return undefined
    if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberLiteral) return this.#misfit(value, type)
    const map: Record<string, unknown> = {}
    const seen = this.#repeated.has(value) ? new Set<string>() : undefined
    for (const [key, member] of this.#repeated.get(value) ?? Object.entries(value)) {
      if (seen?.has(key)) this.#strict('duplicate', key)
      seen?.add(key)
      this.#path.push(key)
      put(map, key, this.#value(member, type.values) ?? zeroElement(type.values))
      this.#path.pop()
    }
    return map
  }

  #text(value: unknown, type: TypeSchema): unknown {
    if (value === null) return undefined
    return typeof value === 'string' ? value : this.#misfit(value, type)
  }

  #integer(value: unknown, type: Extract<TypeSchema, { type: 'integer' }>): unknown {
    if (value === null) return undefined
    if (typeof value !== 'number' && !(value instanceof NumberLiteral)) return this.#misfit(value, type)
    const text = value instanceof NumberLiteral ? value.text : String(value)
    const bits = type.format === 'int32' ? 32 : 64
    const whole = /^-?\d+$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text)
    return whole ? Number(text) : this.#save(`number ${text}`, goTypeOf(type))
  }

  #formatted(value: unknown, type: Extract<TypeSchema, { type: 'string' }>, format: string): unknown {
    if (value === null) return undefined
    switch (format) {
      case 'byte':
        if (typeof value !== 'string') return this.#misfit(value, type)
        return this.#try(() => canonicalBase64(value), false)
      case 'quantity': {
        const text = value instanceof NumberLiteral ? value.text : typeof value === 'string' ? value : JSON.stringify(plain(value))
        return this.#try(() => canonicalQuantity(text), true)
      }
      case 'int-or-string':
        if (typeof value === 'string') return value
        return this.#integerOrFail(value)
      default:
        if (typeof value !== 'string') throw this.#fatal(describe(value), 'string')
        return this.#try(() => canonicalTime(value, format === 'date-time' ? 'date-time' : 'micro-time'), true)
    }
  }

  #integerOrFail(value: unknown): unknown {
    const before = this.#saved
    this.#saved = undefined
    const number = this.#integer(value, { type: 'integer', format: 'int32' })
    this.finish()
    this.#saved = before
    return number
  }

  /** Runs a scalar's own parser: its error ends decoding (`fatal`) or is the misfit to remember. */
  #try(parse: () => unknown, fatal: boolean): unknown {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error
      if (fatal) throw new DecodeError(error.message)
      this.#saved ??= { message: error.message }
      return undefined
    }
  }

  #any(value: unknown, type: Extract<TypeSchema, { type: 'any' }>): unknown {
    if (value === null) return undefined
    if (type.object === undefined) return plain(value)
    try {
      return opaqueSchema(value, type.form, type.object, this.#repeated)
    } catch (error) {
      if (error instanceof DecodeError && error.misfit?.what && error.misfit.goType)
        throw this.#fatal(error.misfit.what, error.misfit.goType)
      throw error
    }
  }

  #misfit(value: unknown, type: TypeSchema): undefined {
    if (value === null) return undefined
    return this.#save(describe(value), goTypeOf(type))
  }

  #save(what: string, goType: string): undefined {
    this.#saved ??= { message: this.#described(what, goType), what, goType }
    return undefined
  }

  #fatal(what: string, goType: string): DecodeError {
    const message = this.#described(what, goType)
    return new DecodeError(message, { message, what, goType })
  }

  #described(what: string, goType: string): string {
    const where = this.#fields.length ? `struct field ${this.#struct}.${this.#fields.join('.')}` : 'value'
    return `json: cannot unmarshal ${what} into Go ${where} of type ${goType}`
  }

  #strict(what: 'unknown' | 'duplicate', key: string): void {
    let path = ''
    for (const part of [...this.#path, key]) path += typeof part === 'number' ? `[${part}]` : path === '' ? part : `.${part}`
    const text = `${what} field ${JSON.stringify(path)}`
    if (this.strict.length < strictErrorsMax && !this.strict.includes(text)) this.strict.push(text)
  }
}

/** What Go calls a JSON value that does not fit. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value instanceof NumberLiteral || typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/**
 * JSONSchemaPropsOrBool and the like, which decode themselves: what they hold is decoded without strictness, and its
 * first misfit is fatal (apiextensions/v1 marshal.go).
 */
function opaqueSchema(value: unknown, form: string | undefined, object: ObjectSchema, repeated: Repeated): unknown {
  const schema = (member: unknown): unknown => {
    const inner = new Decoder(repeated)
    const decoded = inner.object(member, { type: 'object', object })
    inner.finish()
    return decoded ?? {}
  }
  if (Array.isArray(value)) {
    if (form === 'JSONSchemaPropsOrArray') return value.map(schema)
    if (form === 'JSONSchemaPropsOrStringArray') return value.map((item) => (typeof item === 'string' ? item : fail(item)))
  } else if (typeof value === 'object' && !(value instanceof NumberLiteral)) return schema(value)
  else if (typeof value === 'boolean' && form === 'JSONSchemaPropsOrBool') return value
  if (form === 'JSONSchemaPropsOrBool') throw new DecodeError('boolean or JSON schema expected')
  return undefined
}

function fail(item: unknown): never {
  const what = describe(item)
  const message = `json: cannot unmarshal ${what} into Go value of type string`
  throw new DecodeError(message, { message, what, goType: 'string' })
}
