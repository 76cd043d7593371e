/**
 * Label selectors, as text (`app=web,tier in (a,b),!canary`) and as the LabelSelector object, brought to one form and
 * matched. Grammar and error texts: k8s.io/apimachinery/pkg/labels and apis/meta/v1/helpers.go.
 */
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../validation/field-path.js'
import { isLabelValue, isQualifiedName } from '../validation/names.js'
import { SelectorError } from './fields.js'
import type { LabelSelector } from './object.js'

/** The labels of an object. */
export type Labels = Readonly<Record<string, string>>

/** The operators, as they are written. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

/** One demand on one label. `values` is sorted; it has one element for =, ==, !=, gt and lt, none for exists and !. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: readonly string[]
}

/** All requirements must hold; an empty list selects everything, 'nothing' nothing. */
export type LabelQuery = readonly LabelRequirement[] | 'nothing'

/** Whether the labels meet the query. */
export function matchesLabels(query: LabelQuery, labels: Labels | undefined): boolean {
  if (query === 'nothing') return false
  return query.every((requirement) => meets(requirement, labels?.[requirement.key]))
}

function meets({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt': {
      const [number, bound] = [integer(value), integer(values[0])]
      if (number === undefined || bound === undefined) return false
      return operator === 'gt' ? number > bound : number < bound
    }
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
}

/** The text of a query; '' for everything (and for nothing). */
export function formatLabelQuery(query: LabelQuery): string {
  if (query === 'nothing') return ''
  return query.map(formatRequirement).join(',')
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const list = values.join(',')
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`
    case 'gt':
      return `${key}>${list}`
    case 'lt':
      return `${key}<${list}`
    default:
      return `${key}${operator}${list}`
  }
}

/** The query that a LabelSelector object makes: absent selects nothing, empty everything. Throws SelectorError. */
export function labelSelectorQuery(selector: Readonly<LabelSelector> | undefined | null): LabelQuery {
  if (!selector) return 'nothing'
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]))
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = objectOperators[operator]
    if (known === undefined) throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`)
    requirements.push(requirement(key, known, values ?? []))
  }
  return sortByKey(requirements)
}

const objectOperators: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' }

/** The query for exactly these labels, unchecked (the selector of a Service or ReplicationController). */
export function labelsQuery(labels: Labels): LabelRequirement[] {
  return sortByKey(Object.entries(labels).map(([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] })))
}

/** What is wrong with a LabelSelector in a spec (ValidateLabelSelector). */
export function validateLabelSelector(selector: Readonly<LabelSelector> | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    errors.push(...isQualifiedName(key).map((text) => invalid(path.child('matchLabels'), key, text)))
    errors.push(...isLabelValue(value).map((text) => invalid(path.child('matchLabels'), value, text)))
  }
  for (const [i, { key, operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
    const at = path.child('matchExpressions').index(i)
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.push(required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"))
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(forbiddenField(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    } else errors.push(invalid(at.child('operator'), operator, 'not a valid selector operator'))
    errors.push(...isQualifiedName(key).map((text) => invalid(at.child('key'), key, text)))
    for (const [j, value] of values.entries())
      errors.push(...isLabelValue(value).map((text) => invalid(at.child('values').index(j), value, text)))
  }
  return errors
}

/** A checked requirement; throws SelectorError with all that is wrong with it. */
export function requirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const errors: FieldError[] = []
  const complaints = isQualifiedName(key)
  if (complaints.length > 0) errors.push(invalid(field('key'), key, complaints.join('; ')))
  const wrong = wrongCount(operator, values)
  if (wrong !== undefined) errors.push(invalid(field('values'), values, wrong))
  for (const [i, value] of values.entries()) {
    const at = field('values').index(i)
    if ((operator === 'gt' || operator === 'lt') && integer(value) === undefined)
      errors.push(invalid(at, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
  }
  for (const [i, value] of values.entries()) {
    const texts = isLabelValue(value)
    if (texts.length > 0) errors.push(invalid(field('values').index(i).key(key), value, texts.join('; ')))
  }
  if (errors.length > 0) throw new SelectorError(aggregate(errors))
  return { key, operator, values: [...new Set(values)].sort() }
}

function wrongCount(operator: LabelOperator, values: readonly string[]): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined
    case 'exists':
    case '!':
      return values.length > 0 ? 'values set must be empty for exists and does not exist' : undefined
    case 'gt':
    case 'lt':
      return values.length !== 1 ? "for 'Gt', 'Lt' operators, exactly one value is required" : undefined
    default:
      return values.length !== 1 ? 'exact-match compatibility requires one single value' : undefined
  }
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.detail}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

function sortByKey(requirements: LabelRequirement[]): LabelRequirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

/** Reads a selector's text; requirements come sorted by key. Throws SelectorError. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return sortByKey(new SelectorParser(text).parse())
}

interface Token {
  readonly type: 'end' | 'word' | 'symbol' | 'error'
  readonly text: string
}

const symbols = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '('])
const special = /[=!(),><]/

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (/[ \t\r\n]/.test(character)) at++
    else if (special.test(character)) {
      const two = text.slice(at, at + 2)
      const symbol = symbols.has(two) ? two : character
      tokens.push({ type: 'symbol', text: symbol })
      at += symbol.length
    } else {
      const word = /^[^=!(),>< \t\r\n]+/.exec(text.slice(at))?.[0] ?? ''
      tokens.push({ type: 'word', text: word })
      at += word.length
    }
  }
  return [...tokens, { type: 'end', text: '' }]
}

class SelectorParser {
  readonly #tokens: readonly Token[]
  #position = 0
  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    for (;;) {
      const token = this.#peek()
      if (token.type === 'end') return requirements
      if (!startsRequirement(token)) throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`)
      requirements.push(this.#requirement())
      const separator = this.#take()
      if (separator.type === 'end') return requirements
      if (!is(separator, ',')) throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`)
      const next = this.#peek()
      if (!startsRequirement(next)) throw new SelectorError(`found '${next.text}', expected: identifier after ','`)
    }
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { type: 'end', text: '' }
  }

  #take(): Token {
    const token = this.#peek()
    this.#position++
    return token
  }

  #requirement(): LabelRequirement {
    try {
      return this.#unwrapped()
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`)
      throw error
    }
  }

  #unwrapped(): LabelRequirement {
    const negated = is(this.#peek(), '!')
    if (negated) this.#take()
    const key = this.#take()
    if (key.type !== 'word') throw new SelectorError(`found '${key.text}', expected: identifier`)
    const complaints = isQualifiedName(key.text)
    if (complaints.length > 0) throw new SelectorError(aggregate([invalid(field('<nil>'), key.text, complaints.join('; '))]))
    if (negated) return requirement(key.text, '!', [])
    const next = this.#peek()
    if (next.type === 'end' || is(next, ',')) return requirement(key.text, 'exists', [])
    const operator = this.#operator()
    return requirement(key.text, operator, operator === 'in' || operator === 'notin' ? this.#values() : this.#exactValue())
  }

  #operator(): LabelOperator {
    const { type, text } = this.#take()
    if (type === 'word' && (text === 'in' || text === 'notin')) return text
    if (type === 'symbol' && (text === '=' || text === '==' || text === '!=')) return text
    if (type === 'symbol' && (text === '>' || text === '<')) return text === '>' ? 'gt' : 'lt'
    throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  #exactValue(): string[] {
    const token = this.#peek()
    if (token.type === 'end' || is(token, ',')) return ['']
    this.#take()
    if (token.type !== 'word') throw new SelectorError(`found '${token.text}', expected: identifier`)
    return [token.text]
  }

  #values(): string[] {
    const open = this.#take()
    if (!is(open, '(')) throw new SelectorError(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (is(first, ')')) {
      this.#take()
      return ['']
    }
    if (first.type !== 'word' && !is(first, ',')) throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`)
    const values = this.#list()
    if (!is(this.#take(), ')')) throw new SelectorError(`found '${first.text}', expected: ')'`)
    return [...new Set(values)].sort()
  }

  /** Words and commas up to the closing parenthesis; nothing between two commas is the empty value. */
  #list(): string[] {
    const values: string[] = []
    for (;;) {
      const token = this.#take()
      const next = this.#peek()
      if (token.type === 'word') {
        values.push(token.text)
        if (is(next, ')')) return values
        if (!is(next, ',')) throw new SelectorError(`found '${next.text}', expected: ',' or ')'`)
      } else if (is(token, ',')) {
        if (values.length === 0) values.push('')
        if (is(next, ')')) return [...values, '']
        if (is(next, ',')) values.push('')
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`)
    }
  }
}

const is = (token: Token, symbol: string): boolean => token.type === 'symbol' && token.text === symbol
const startsRequirement = (token: Token): boolean => token.type === 'word' || is(token, '!')
