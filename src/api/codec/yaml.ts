/**
 * YAML to JSON values as sigs.k8s.io/yaml reads it: YAML 1.1 (`yes` is true, 0777 is octal), timestamps stay text, keys
 * that are numbers or booleans become strings, and a key that comes twice is reported.
 */
import { Composer, type CST, type Document, isMap, Lexer, type Pair, Parser, type Scalar, stringify, visit, type YAMLMap } from 'yaml'

/**
 * Nesting of a document. Composing recurses, and where V8 compiles a regular expression with no stack left it does not
 * throw but ends the process: that must stay far away, also on the smallest stack (984 KiB).
 */
const depthMax = 250

/** YAML that does not parse; the message begins with `yaml: `. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
}

export interface YamlDocument {
  /** JSON values: what JSON can hold. */
  readonly value: unknown
  /** `yaml: unmarshal errors:\n  line 3: key "a" already set in map`, when a key comes twice. */
  readonly strict: readonly string[]
}

const options = {
  version: '1.1',
  schema: 'yaml-1.1',
  uniqueKeys: false,
  merge: true,
  strict: true,
  resolveKnownTags: false,
  customTags: (tags: readonly unknown[]) => withoutTimestamps(tags),
} as const

/** go-yaml leaves timestamps, sets, pairs and binaries as they are written. */
function withoutTimestamps(tags: readonly unknown[]): never[] {
  const foreign = /timestamp|binary|omap|pairs|set|intTime|floatTime/i
  return tags.filter((tag) =>
    typeof tag === 'string'
      ? !foreign.test(tag)
      : !foreign.test(`${(tag as { tag?: string }).tag ?? ''} ${(tag as { format?: string }).format ?? ''}`),
  ) as never[]
}

/** The first document of the text; null when there is none. Throws YamlError. */
export function parseYaml(text: string): YamlDocument {
  const [document] = compose(text, true)
  return document ? read(document, new LineIndex(text)) : { value: null, strict: [] }
}

/** Every document of the text, without the empty ones. Throws YamlError. */
export function parseYamlDocuments(text: string): YamlDocument[] {
  const lines = new LineIndex(text)
  return compose(text, false)
    .map((document) => read(document, lines))
    .filter(({ value }) => value !== null)
}

/** The documents of a text; with `some` at least an empty one. Throws YamlError for one that is nested too deep. */
function compose(text: string, some: boolean): Document.Parsed[] {
  return [...new Composer(options).compose(tokensOf(text), some, text.length)] as Document.Parsed[]
}

/** What Parser.parse() yields; but it looks how deep it is at every lexeme, before anything recurses. */
function* tokensOf(text: string): Generator<CST.Token, void> {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > depthMax) throw new YamlError('yaml: exceeded max depth')
  }
  yield* parser.end()
}

/** A value as YAML, keys in order, as `kubectl get -o yaml` prints it. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}

function read(document: Document.Parsed, lines: LineIndex): YamlDocument {
  const [error] = document.errors
  if (error) throw new YamlError(`yaml: line ${lines.of(error.pos[0])}: ${wording(error.message)}`)
  const repeated = repeatedKeys(document, lines)
  return {
    value: jsonOf(resolved(document), 0),
    strict: repeated.length ? [`yaml: unmarshal errors:\n${repeated.map((line) => `  ${line}`).join('\n')}`] : [],
  }
}

/** The document's value with every alias in its place. Throws YamlError for aliases of nothing or of too much. */
function resolved(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100, mapAsMap: true }) as unknown
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    const anchor = /^Unresolved alias [^:]*: (.*)$/.exec(error.message)?.[1]
    throw new YamlError(anchor === undefined ? 'yaml: document contains excessive aliasing' : `yaml: unknown anchor '${anchor}' referenced`)
  }
}

/** The first line of the parser's message. */
function wording(message: string): string {
  const line = message.split('\n')[0] ?? ''
  if (/Nested mappings are not allowed in compact mappings|Implicit keys need to be on a single line/.test(line))
    return 'mapping values are not allowed in this context'
  if (/tab/i.test(line)) return 'found character that cannot start any token'
  return line.charAt(0).toLowerCase() + line.slice(1)
}

function repeatedKeys(document: Document.Parsed, lines: LineIndex): string[] {
  const found: string[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>()
      for (const pair of (map as YAMLMap).items) {
        const key = (pair as Pair<Scalar, unknown>).key
        const name = keyText((key as Scalar | null)?.value)
        if (seen.has(name) && !isMap(key))
          found.push(`line ${lines.of((key as Scalar | null)?.range?.[0] ?? 0)}: key "${name}" already set in map`)
        seen.add(name)
      }
    },
  })
  return found
}

/** A mapping's key as sigs.k8s.io/yaml writes it. */
function keyText(key: unknown): string {
  return typeof key === 'string' ? key : key === null || key === undefined ? 'null' : String(key)
}

function jsonOf(value: unknown, depth: number): unknown {
  if (depth > depthMax) throw new YamlError('yaml: exceeded max depth')
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1))
  if (typeof value === 'bigint') return Number(value)
  if (!(value instanceof Map)) return value ?? null
  const object: Record<string, unknown> = {}
  for (const [key, member] of value) {
    const name = keyText(key)
    const json = jsonOf(member, depth + 1)
    if (name === '__proto__') Object.defineProperty(object, name, { value: json, enumerable: true, configurable: true, writable: true })
    else object[name] = json
  }
  return object
}

/** From offsets to line numbers, counted from 1. */
class LineIndex {
  readonly #starts: number[] = [0]
  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }
  of(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}
