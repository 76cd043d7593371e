/**
 * Reads the tables of src/api/generated: every type of the published API, one a line. A table is text, so that loading
 * it costs nothing; an object's line is parsed when its fields are first asked for.
 *
 * Notation. The first line is `package group/version`; each other `Name[;flag...] field...` with the flags
 *   k  a kind of the package's group-version    kGROUP/VERSION/KIND  a kind of another    g  a kind of every group-version
 *   a  an atomic map    e  an object without fields    uDISCRIMINATOR:FIELD=VALUE,...  a union
 * and fields `name[!][+][*]:type[@numbers][~list or map type][^patch][=default]`:
 *   !  required    +  written even when empty    *  a pointer in Go    @1.2  protobuf field 2 of the message in field 1
 *   type: s string, y bytes, t time, m micro time, q quantity, x int or string, i int32, l int64, f number, b boolean,
 *     r v h j o p w the opaque forms, [T list, {T map, %Name%T a type with a name in Go, &T one wrapped in a message,
 *     otherwise a definition of this package, or package/Name
 *   ~a ~s ~m:keys  list types    ~m:atomic ~m:granular  map types    ^strategies:key    = the zero value, ="x" another
 *
 * Next: registry.ts, codec/json.ts.
 */
import { defined } from '../../base/assert.js'
import type { FieldSchema, ObjectSchema, OpaqueForm, TypeSchema, UnionSchema } from './types.js'

interface Gvk {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const strings: Readonly<Record<string, TypeSchema>> = {
  s: { type: 'string' },
  y: { type: 'string', format: 'byte' },
  t: { type: 'string', format: 'date-time' },
  m: { type: 'string', format: 'micro-time' },
  q: { type: 'string', format: 'quantity' },
  x: { type: 'string', format: 'int-or-string' },
  i: { type: 'integer', format: 'int32' },
  l: { type: 'integer', format: 'int64' },
  f: { type: 'number' },
  b: { type: 'boolean' },
}
const opaque: Readonly<Record<string, OpaqueForm>> = {
  r: 'RawExtension',
  v: 'FieldsV1',
  h: 'Patch',
  j: 'JSON',
  o: 'JSONSchemaPropsOrArray',
  p: 'JSONSchemaPropsOrBool',
  w: 'JSONSchemaPropsOrStringArray',
}

interface Package {
  readonly name: string
  readonly group: string
  readonly version: string
  /** The last part of the Go package's path, which Go's texts put before a type's name. */
  readonly goPackage: string
}

/** All definitions of some tables, by name and by kind. A value: two clusters in one process may hold two. */
export class SchemaTable {
  readonly #objects = new Map<string, TableObject>()
  readonly #kinds = new Map<string, TableObject>()

  /** `groupVersions` is what the flag g stands for: 'group/version' separated by spaces. */
  constructor(tables: readonly string[], groupVersions: string) {
    const everywhere = groupVersions.split(' ').map((text) => gvkOf(`${text}/`))
    for (const table of tables) {
      const [head = '', ...lines] = table.trimEnd().split('\n')
      const [name = '', gv = ''] = head.split(' ')
      const { group, version } = gvkOf(`${gv}/`)
      const pkg: Package = { name, group, version, goPackage: name.slice(name.lastIndexOf('.') + 1) }
      for (const line of lines) this.#add(new TableObject(line, pkg, everywhere, (definition) => this.object(definition)))
    }
  }

  #add(object: TableObject): void {
    this.#objects.set(object.name, object)
    for (const gvk of object.groupVersionKinds) this.#kinds.set(keyOf(gvk), object)
  }

  /** All definitions' names, in the order of the tables. */
  names(): Iterable<string> {
    return this.#objects.keys()
  }

  /** The definition of this name: 'io.k8s.api.core.v1.Pod'. */
  find(name: string): ObjectSchema | undefined {
    return this.#objects.get(name)
  }

  /** As find(), for a name that must be there. */
  object(name: string): ObjectSchema {
    return defined(this.#objects.get(name), `the tables define ${name}`)
  }

  /** The schema of a kind, whether it is a resource, a list, a review or options. */
  findKind(gvk: Gvk): ObjectSchema | undefined {
    return this.#kinds.get(keyOf(gvk))
  }
}

const keyOf = ({ group, version, kind }: Gvk): string => `${group}/${version}/${kind}`

function gvkOf(text: string): Gvk {
  const [group = '', version = '', kind = ''] = text.split('/')
  return { group, version, kind }
}

/** An object type that parses its line when its fields are first wanted. */
class TableObject implements ObjectSchema {
  readonly name: string
  readonly mapType: 'granular' | 'atomic'
  readonly groupVersionKinds: readonly Gvk[]
  readonly goType: string
  readonly unions: readonly UnionSchema[]
  readonly #body: string
  readonly #package: Package
  readonly #lookup: (name: string) => ObjectSchema
  #fields: ReadonlyMap<string, FieldSchema> | undefined

  constructor(line: string, pkg: Package, everywhere: readonly Gvk[], lookup: (name: string) => ObjectSchema) {
    const space = line.indexOf(' ')
    const [short = '', ...flags] = (space < 0 ? line : line.slice(0, space)).split(';')
    this.#body = space < 0 ? '' : line.slice(space + 1)
    this.#package = pkg
    this.#lookup = lookup
    this.name = `${pkg.name}.${short}`
    this.goType = `${pkg.goPackage}.${short}`
    this.mapType = flags.includes('a') ? 'atomic' : 'granular'
    this.unions = flags.filter((flag) => flag.startsWith('u')).map(unionOf)
    this.groupVersionKinds = flags.flatMap((flag) => {
      if (flag === 'g') return everywhere.map((gv) => ({ ...gv, kind: short }))
      if (flag === 'k') return [{ group: pkg.group, version: pkg.version, kind: short }]
      return flag.startsWith('k') ? [gvkOf(flag.slice(1))] : []
    })
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.#fields ??= new Map(
      this.#body === ''
        ? []
        : this.#body.split(' ').map((text) => {
            const field = this.#field(text)
            return [field.name, field]
          }),
    )
    return this.#fields
  }

  #field(text: string): FieldSchema {
    const m = /^([^:!+*]+)([!+*]*):([^@~^=]+)(?:@([\d.]+))?(?:~([asm])(?::([^^=]*))?)?(?:\^([a-zA-Z,]*)(?::([^=]*))?)?(=.*)?$/.exec(text)
    const [, name = '', flags = '', type = '', numbers, kind, keys = '', patch, mergeKey, preset] = defined(
      m,
      `${this.name} has a field like ${text}`,
    )
    return {
      name,
      type: annotate(this.#type(type), kind, keys),
      required: flags.includes('!'),
      patchStrategy: patch ? (patch.split(',') as FieldSchema['patchStrategy']) : [],
      ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
      ...(preset === '=' ? { zeroDefault: true } : preset === undefined ? {} : { default: JSON.parse(preset.slice(1)) as unknown }),
      ...(flags.includes('*') ? { pointer: true } : {}),
      ...(flags.includes('+') ? { always: true } : {}),
      ...(numbers === undefined ? {} : { protobuf: numbers.split('.').map(Number) }),
    }
  }

  #type(text: string): TypeSchema {
    const first = text.charAt(0)
    if (first === '%') {
      const end = text.indexOf('%', 1)
      const name = text.slice(1, end)
      return { ...this.#type(text.slice(end + 1)), goName: name.includes('.') ? name : `${this.#package.goPackage}.${name}` } as TypeSchema
    }
    if (first === '&') return { ...this.#type(text.slice(1)), wrapped: true } as TypeSchema
    if (first === '[') return { type: 'list', items: this.#type(text.slice(1)), listType: 'atomic', mapKeys: [], unstated: true }
    if (first === '{') return { type: 'map', values: this.#type(text.slice(1)), mapType: 'granular', unstated: true }
    const scalar = strings[text]
    if (scalar) return scalar
    const form = opaque[text]
    if (form)
      return {
        type: 'any',
        form,
        ...(form.startsWith('JSONSchemaProps') ? { object: this.#lookup(this.#qualify('JSONSchemaProps')) } : {}),
      }
    return { type: 'object', object: this.#lookup(this.#qualify(text)) }
  }

  #qualify(text: string): string {
    const slash = text.indexOf('/')
    return slash < 0 ? `${this.#package.name}.${text}` : `${packageOf(text.slice(0, slash))}.${text.slice(slash + 1)}`
  }
}

function packageOf(id: string): string {
  switch (id) {
    case 'meta.v1':
      return 'io.k8s.apimachinery.pkg.apis.meta.v1'
    case 'apiextensions.v1':
      return 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'
    case 'apiregistration.v1':
      return 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1'
    default:
      return `io.k8s.api.${id}`
  }
}

function annotate(type: TypeSchema, kind: string | undefined, keys: string): TypeSchema {
  if (kind === undefined) return type
  switch (type.type) {
    case 'list': {
      const { unstated: _, ...list } = type
      return { ...list, listType: kind === 'a' ? 'atomic' : kind === 's' ? 'set' : 'map', mapKeys: keys === '' ? [] : keys.split(',') }
    }
    case 'map': {
      const { unstated: _, ...map } = type
      return { ...map, mapType: keys === 'atomic' ? 'atomic' : 'granular' }
    }
    case 'object':
      return { ...type, mapType: keys === 'atomic' ? 'atomic' : 'granular' }
    case 'string':
      return { ...type, listType: 'atomic' }
    default:
      return type
  }
}

function unionOf(flag: string): UnionSchema {
  const [discriminator = '', fields = ''] = flag.slice(1).split(':')
  return {
    ...(discriminator ? { discriminator } : {}),
    fields: Object.fromEntries(fields.split(',').map((pair) => pair.split('=') as [string, string])),
  }
}
