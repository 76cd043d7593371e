/** Whether an applied configuration fits its schema, in the words of structured-merge-diff/typed: fields, types, keys of lists. */
import type { TypeSchema } from '../schema/types.js'
import { formatSource, formatValue, goTypeOf } from './go-format.js'
import { elementOfItem, ItemError, printElement } from './path-element.js'
import { asFields, childType, namedField } from './typed-value.js'

interface TypedError {
  readonly path: string
  readonly message: string
}

/** All complaints as one text, as upstream joins them; undefined when there are none. */
export function typedErrors(type: TypeSchema, value: unknown): string | undefined {
  const errors = validate(type, value, '')
  const texts = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  if (texts.length <= 1) return texts[0]
  return ['errors:', ...texts.map((text) => `  ${text}`)].join('\n')
}

function validate(type: TypeSchema, value: unknown, path: string): TypedError[] {
  if (value === null || value === undefined) return []
  const wrong = (message: string): TypedError[] => [{ path, message }]
  switch (type.type) {
    case 'any':
      return []
    case 'object':
    case 'map':
      return asFields(value) ? validateFields(type, value, path) : wrong(`expected map, got &{${formatValue(value)}}`)
    case 'list':
      return Array.isArray(value) ? validateItems(type, value, path) : wrong(`expected list, got &{${formatValue(value)}}`)
    case 'integer':
    case 'number':
      return typeof value === 'number' ? [] : wrong(`expected numeric (int or float), got ${goTypeOf(value)}`)
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong(`expected boolean, got &{${formatValue(value)}}`)
    case 'string':
      if (type.format === undefined || type.format === 'byte' || type.format === 'duration')
        return typeof value === 'string' ? [] : wrong(`expected string, got &value.valueUnstructured{Value:${formatSource(value)}}`)
      return typeof value === 'object' ? wrong(`expected any scalar, got &{${formatValue(value)}}`) : []
  }
}

function validateFields(type: Extract<TypeSchema, { type: 'object' | 'map' }>, value: unknown, path: string): TypedError[] {
  const errors: TypedError[] = []
  for (const [name, child] of Object.entries(asFields(value) ?? {})) {
    const at = `${path}.${name}`
    const free = type.type === 'map' || type.object.preserveUnknown || type.object.fields.size === 0
    if (!free && namedField(type, name) === undefined) return [...errors, { path: at, message: 'field not declared in schema' }]
    errors.push(...validate(childType(type, name), child, at))
  }
  return errors
}

function validateItems(type: Extract<TypeSchema, { type: 'list' }>, items: readonly unknown[], path: string): TypedError[] {
  const errors: TypedError[] = []
  const seen = new Set<string>()
  for (const [i, item] of items.entries()) {
    let element = `i:${i}`
    if (type.listType !== 'atomic') {
      try {
        element = elementOfItem(type, item)
      } catch (error) {
        if (!(error instanceof ItemError)) throw error
        return [...errors, { path, message: `element ${i}: ${error.message}` }]
      }
      if (seen.has(element)) errors.push({ path, message: `duplicate entries for key ${printElement(element)}` })
      seen.add(element)
    }
    errors.push(...validate(type.items, item, path + printElement(element)))
  }
  return errors
}
