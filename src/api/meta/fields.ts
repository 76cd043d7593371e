/**
 * Field selectors (`metadata.name=x,status.phase!=Running`): terms of equality joined by commas; `\\`, `\,` and `\=` stand
 * for themselves in values. Which fields a kind knows is its Strategy.selectableFields. Upstream: apimachinery/pkg/fields.
 */

/** One term of a field selector. */
export interface FieldTerm {
  readonly field: string
  readonly value: string
  /** Whether the field must have the value, or must not. */
  readonly equal: boolean
}

/** All terms must hold; none: everything is selected. */
export type FieldSelector = readonly FieldTerm[]

/** What a selector's text that cannot be read throws; upstream's words. */
export class SelectorError extends Error {
  override readonly name: string = 'SelectorError'
}

/** Reads a field selector; terms come sorted, as upstream has them. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldTerm[] = []
  for (const part of splitTerms(text).sort()) {
    if (part === '') continue
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part)
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, field = '', operator, value = ''] = match
    terms.push({ field, value: unescapeValue(value), equal: operator !== '!=' })
  }
  return terms
}

function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ',') {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  return text === '' ? [] : [...terms, text.slice(start)]
}

function unescapeValue(value: string): string {
  let out = ''
  const characters = [...value]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character === ',' || character === '=')
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`)
    if (character !== '\\') {
      out += character
      continue
    }
    const next = characters[++i] ?? ''
    if (!['\\', ',', '='].includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`)
    out += next
  }
  return out
}

/** The text of a field selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, value, equal }) => `${field}${equal ? '=' : '!='}${value.replace(/[\\,=]/g, '\\$&')}`).join(',')
}

/** Whether an object whose fields `read` gives is selected. A field that `read` does not know counts as empty. */
export function matchesFields(selector: FieldSelector, read: (field: string) => string | undefined): boolean {
  return selector.every(({ field, value, equal }) => ((read(field) ?? '') === value) === equal)
}

/** The value that the selector demands of the field, if it demands one. */
export function requiredFieldValue(selector: FieldSelector, field: string): string | undefined {
  return selector.find((term) => term.equal && term.field === field)?.value
}
