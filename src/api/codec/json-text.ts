/**
 * JSON text to values, with what JSON.parse does not tell and Kubernetes does: keys that come twice, how a number was
 * written, and syntax errors in the words of Go's encoding/json.
 *
 * Next: decode.ts.
 */
import { limits } from '../../base/limits.js'

/** A number whose text says more than its value: a fraction, an exponent, or more digits than a double holds. */
export class NumberLiteral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  /** The nearest double. */
  valueOf(): number {
    return Number(this.text)
  }
}

/** Parsed text. Numbers that need it are NumberLiterals; see plain(). */
export interface JsonText {
  readonly value: unknown
  /** For each object in which a key comes twice: all its entries in the order of the text. */
  readonly repeated: ReadonlyMap<object, readonly (readonly [string, unknown])[]>
}

/** What parseJson throws: Go's text. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

/** Parses one JSON document; throws JsonSyntaxError. */
export function parseJson(text: string): JsonText {
  return new Parser(text).document()
}

/** The value without NumberLiterals, for what is kept as any JSON. */
export function plain(value: unknown): unknown {
  if (value instanceof NumberLiteral) return value.valueOf()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) put(copy, key, plain(member))
  return copy
}

/** Sets a key that may be `__proto__`. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** Deeper documents are refused: every thread's stack must hold the recursion here and in whatever walks the value. */
const depthMax = Math.min(limits.documentDepthMax, 1_000)

const space = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9
const literals: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class Parser {
  readonly #text: string
  readonly #repeated = new Map<object, [string, unknown][]>()
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonText {
    this.#skip()
    const value = this.#value('looking for beginning of value')
    this.#skip()
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value')
    return { value, repeated: this.#repeated }
  }

  #skip(): void {
    while (space(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #value(where: string): unknown {
    const c = this.#text.charCodeAt(this.#at)
    if (c === 0x22) return this.#string()
    if (c === 0x7b) return this.#object()
    if (c === 0x5b) return this.#array()
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) return this.#number()
    for (const [word, value] of literals) if (c === word.charCodeAt(0)) return this.#literal(word, value)
    throw this.#unexpected(where)
  }

  #deeper(): void {
    if (++this.#depth > depthMax) throw this.#unexpected('exceeded max depth')
    this.#at++
    this.#skip()
  }

  #object(): unknown {
    this.#deeper()
    const object: Record<string, unknown> = {}
    let entries: [string, unknown][] | undefined
    for (let first = true; ; first = false) {
      if (first && this.#text[this.#at] === '}') break
      if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string')
      const key = this.#string()
      this.#skip()
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key')
      this.#at++
      this.#skip()
      const value = this.#value('looking for beginning of value')
      if (entries === undefined && Object.hasOwn(object, key)) this.#repeated.set(object, (entries = Object.entries(object)))
      entries?.push([key, value])
      put(object, key, value)
      this.#skip()
      const c = this.#text[this.#at]
      if (c === '}') break
      if (c !== ',') throw this.#unexpected('after object key:value pair')
      this.#at++
      this.#skip()
    }
    this.#at++
    this.#depth--
    return object
  }

  #array(): unknown[] {
    this.#deeper()
    const array: unknown[] = []
    for (let first = true; ; first = false) {
      if (first && this.#text[this.#at] === ']') break
      array.push(this.#value('looking for beginning of value'))
      this.#skip()
      const c = this.#text[this.#at]
      if (c === ']') break
      if (c !== ',') throw this.#unexpected('after array element')
      this.#at++
      this.#skip()
    }
    this.#at++
    this.#depth--
    return array
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#at
    for (;;) {
      const c = text.charCodeAt(this.#at)
      if (c === 0x22) return text.slice(start, this.#at++)
      if (c === 0x5c) return this.#escaped(start)
      if (!(c >= 0x20)) throw this.#unexpected('in string literal')
      this.#at++
    }
  }

  /** A string with escapes: checked here, as Go words its errors, and read by JSON.parse. */
  #escaped(start: number): string {
    const text = this.#text
    for (;;) {
      const c = text[this.#at]
      if (c === '"') break
      if (c === '\\') {
        const code = text[++this.#at]
        if (code === 'u') {
          for (let i = 0; i < 4; i++)
            if (!/[0-9a-fA-F]/.test(text[++this.#at] ?? '')) throw this.#unexpected('in \\u hexadecimal character escape')
        } else if (code === undefined || !'bfnrt\\/"'.includes(code)) throw this.#unexpected('in string escape code')
      } else if (c === undefined || c < ' ') throw this.#unexpected('in string literal')
      this.#at++
    }
    const value = JSON.parse(text.slice(start - 1, ++this.#at)) as string
    return value.replace(/\p{Surrogate}/gu, '\ufffd')
  }

  #literal(word: string, value: unknown): unknown {
    for (let i = 1; i < word.length; i++) {
      this.#at++
      if (this.#text[this.#at] !== word[i]) throw this.#unexpected(`in literal ${word} (expecting '${word[i] ?? ''}')`)
    }
    this.#at++
    return value
  }

  #number(): number | NumberLiteral {
    const start = this.#at
    let whole = true
    if (this.#text[this.#at] === '-') this.#at++
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits('in numeric literal')
    if (this.#text[this.#at] === '.') {
      whole = false
      this.#at++
      this.#digits('after decimal point in numeric literal')
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      whole = false
      this.#at++
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++
      this.#digits('in exponent of numeric literal')
    }
    const literal = this.#text.slice(start, this.#at)
    return whole && literal.length < 16 ? Number(literal) + 0 : new NumberLiteral(literal)
  }

  #digits(where: string): void {
    const start = this.#at
    for (let c = this.#text.charCodeAt(this.#at); c >= 0x30 && c <= 0x39; c = this.#text.charCodeAt(++this.#at));
    if (this.#at === start) throw this.#unexpected(where)
  }

  #unexpected(where: string): JsonSyntaxError {
    const point = this.#text.codePointAt(this.#at)
    if (point === undefined) return new JsonSyntaxError('unexpected end of JSON input')
    if (where === 'exceeded max depth') return new JsonSyntaxError(`invalid character ${quoted(point)} ${where}`)
    return new JsonSyntaxError(`invalid character ${quoted(firstByte(point))} ${where}`)
  }
}

/** Go looks at bytes: of a character beyond ASCII it names the first byte of its UTF-8 form. */
function firstByte(point: number): number {
  return point < 0x80 ? point : (new TextEncoder().encode(String.fromCodePoint(point))[0] ?? point)
}

/** strconv.Quote of one character, in single quotes. */
function quoted(point: number): string {
  const escapes: Readonly<Record<number, string>> = {
    7: '\\a',
    8: '\\b',
    9: '\\t',
    10: '\\n',
    11: '\\v',
    12: '\\f',
    13: '\\r',
    39: "\\'",
    92: '\\\\',
  }
  const known = escapes[point]
  if (known !== undefined) return `'${known}'`
  if (point < 0x20 || point === 0x7f) return `'\\x${point.toString(16).padStart(2, '0')}'`
  if ((point >= 0x80 && point < 0xa1) || point === 0xad) return `'\\u${point.toString(16).padStart(4, '0')}'`
  return `'${String.fromCodePoint(point)}'`
}
