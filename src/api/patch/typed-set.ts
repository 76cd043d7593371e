/** The paths that a value mentions, by its schema: what an applied configuration lays claim to. */
import type { TypeSchema } from '../schema/types.js'
import { emptySet, type FieldSet, FieldSetBuilder, isEmptySet } from './field-set.js'
import { elementOfItem } from './path-element.js'
import { asFields, asList, childType, hasNoFields, namedField, shapeOf } from './typed-value.js'

/** Every leaf and every item of a list or map that the value has. */
export function typedSet(type: TypeSchema, value: unknown): FieldSet {
  const builder = new FieldSetBuilder()
  collect(builder, [], type, value)
  return builder.set
}

function collect(builder: FieldSetBuilder, path: string[], type: TypeSchema, value: unknown): void {
  switch (shapeOf(type, value)) {
    case 'scalar':
    case 'atomic':
      builder.insert(path)
      return
    case 'fields':
      for (const [name, child] of Object.entries(asFields(value) ?? {})) {
        if (child === undefined) continue
        path.push(`f:${name}`)
        collect(builder, path, childType(type, name), child)
        if (child === null || isEmptyObject(child) || namedField(type, name) === undefined) builder.insert(path)
        path.pop()
      }
      return
    case 'items':
      if (type.type === 'list') collectItems(builder, path, type, asList(value) ?? [])
  }
}

const isEmptyObject = (value: unknown): boolean => {
  const fields = asFields(value)
  return fields !== undefined && hasNoFields(fields)
}

/** Items that share an element are owned as one, without what is in them. */
function collectItems(
  builder: FieldSetBuilder,
  path: string[],
  type: Extract<TypeSchema, { type: 'list' }>,
  items: readonly unknown[],
): void {
  const elements = items.map((item) => elementOfItem(type, item))
  for (const [i, element] of elements.entries()) {
    path.push(element)
    if (elements.indexOf(element) === elements.lastIndexOf(element)) collect(builder, path, type.items, items[i])
    builder.insert(path)
    path.pop()
  }
}

/** The set with every named field on the way to a member made a member, so that what becomes empty can be removed whole. */
export function withNamedFields(set: FieldSet, type: TypeSchema | undefined): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const element in set) {
    const node = set[element] as FieldSet
    if (element === '.' || isEmptySet(node)) {
      out[element] = node
      continue
    }
    const name = element.slice(2)
    const isField = element.startsWith('f:')
    const named = isField && type !== undefined && namedField(type, name) !== undefined
    const inner = isField ? type && childType(type, name) : element.startsWith('k:') && type?.type === 'list' ? type.items : undefined
    const children = withNamedFields(node, inner)
    out[element] = named && children['.'] === undefined ? { '.': emptySet, ...children } : children
  }
  return out
}
