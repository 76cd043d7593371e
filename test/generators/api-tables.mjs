#!/usr/bin/env node
/**
 * Derives src/api/generated/*.ts, the tables of facts that src/api/schema reads, from Kubernetes' published API
 * (OpenAPI, discovery, protobuf numbers, columns) and the field flags of its Go types. No prose goes into them. Run it by
 * hand when the API version changes; GO is a folder with k8s.io's api, apimachinery, apiextensions-apiserver and
 * kube-aggregator side by side:
 *
 *   node test/generators/api-tables.mjs PATH/k8s-1.36 PATH/GO
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goFolder, readGoPackage } from './go-structs.mjs'

const [reference, goRoot] = process.argv.slice(2)
const readJson = (path) => JSON.parse(readFileSync(join(reference, path), 'utf8'))
const out = 'src/api/generated'
const { definitions } = readJson('swagger.json')
const protobuf = readJson('protobuf-fields.json')
const published = readJson('discovery/aggregated_v2.json')

/** The schemas of OpenAPI v3 say the defaults, those of v2 do not. */
const withDefaults = {}
for (const file of readdirSync(join(reference, 'openapi-v3')))
  Object.assign(withDefaults, readJson(`openapi-v3/${file}`).components?.schemas)

// ---- Packages -------------------------------------------------------------------------------------------------------

const packageOf = (name) => name.slice(0, name.lastIndexOf('.'))
const short = (name) => name.slice(name.lastIndexOf('.') + 1)
/** 'core.v1' for io.k8s.api.core.v1; also the name of the table's file, with a dash. */
const idOf = (pkg) => (/version$/.test(pkg) ? 'version' : pkg.split('.').slice(-2).join('.'))
const isOn = (gv) => /(^|\/)v\d+$/.test(gv)
const packages = [...new Set(Object.keys(definitions).map(packageOf))]
  .filter((pkg) => /\.v\d+$/.test(pkg) || pkg.endsWith('pkg.version'))
  .sort()
const go = new Map(packages.map((pkg) => [goFolder(pkg) ?? pkg, goFolder(pkg) ? readGoPackage(goRoot, goFolder(pkg)) : new Map()]))
const goPathOf = (path) => path.replace(/^k8s\.io\//, '')

/** Types with a form of their own; the letters are the notation's (see src/api/schema/table.ts). */
const special = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 't',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'm',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'q',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'x',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'r',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'v',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'h',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'j',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': 'o',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': 'p',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': 'w',
}

// ---- Go's view of one definition: JSON name -> facts, through inlined structs ---------------------------------------

function resolve(type, here) {
  const [path, name] = type.includes('#') ? type.split('#') : [undefined, type]
  const folder = path ? goPathOf(path) : here
  const found = go.get(folder)?.get(name)
  return found ? { ...found, folder, name } : { folder, name }
}

function goFields(folder, name, prefix = []) {
  const facts = new Map()
  const type = go.get(folder)?.get(name)
  if (type?.alias) {
    const target = resolve(type.alias, folder)
    return target.fields ? goFields(target.folder, target.name, prefix) : facts
  }
  for (const field of type?.fields ?? []) {
    const path = field.number ? [...prefix, field.number] : undefined
    if (field.inline) {
      const target = resolve(field.type.replace(/^\*/, ''), folder)
      for (const [key, fact] of goFields(target.folder, target.name, path ?? []))
        if (!facts.has(key)) facts.set(key, target.name === 'TypeMeta' ? { ...fact, path: undefined } : fact)
    } else facts.set(field.json, { ...field, folder, path })
  }
  return facts
}

const scalars = new Set(['string', 'bool', 'int', 'int32', 'int64', 'float64', 'byte', 'uint8', 'uint32'])

/** Follows names to what they stand for: 'struct', 'scalar', 'list', 'map'. */
function natureOf(type, here) {
  if (type.startsWith('[]')) return 'list'
  if (type.startsWith('map[')) return 'map'
  if (scalars.has(type)) return 'scalar'
  const found = resolve(type, here)
  if (found.alias) return natureOf(found.alias, found.folder)
  return /(^|#|\.)UID$/.test(type) ? 'scalar' : 'struct'
}

// ---- Notation -------------------------------------------------------------------------------------------------------

const unmatched = []
/** The Go name of a type that is not a struct, as error texts print it: `v1.ResourceList`. */
function goName(type, here) {
  if (type === undefined || /^(\[\]|map\[)/.test(type) || scalars.has(type) || natureOf(type, here) === 'struct') return undefined
  if (type.includes('.') && !type.includes('#')) return type
  const found = resolve(type, here)
  const versioned = found.folder.split('/').at(-1)
  return found.folder === here ? found.name : `${versioned}.${found.name}`
}
const element = (type, here) => {
  if (type === undefined) return []
  const m = /^\[\](.*)$/.exec(type) ?? /^map\[[^\]]*\](.*)$/.exec(type)
  if (m) return [m[1].replace(/^\*/, ''), here]
  const found = resolve(type, here)
  return found.alias ? element(found.alias, found.folder) : []
}

function typeOf(schema, pkg, type, here) {
  const plain = type?.replace(/^\*/, '')
  const name = goName(plain, here)
  const code = codeOf(schema, pkg, plain, here)
  const wrapped = name && /^[[{]/.test(code) && protobuf[protoName(here, short(name))] ? '&' : ''
  return `${name ? `%${name}%` : ''}${wrapped}${code}`
}
const protoName = (folder, name) =>
  `k8s.io.${folder.replace('apiextensions-apiserver', 'apiextensions_apiserver').replace('kube-aggregator', 'kube_aggregator').replaceAll('/', '.')}.${name}`

function codeOf(schema, pkg, type, here) {
  const ref = schema.$ref?.split('/').at(-1)
  if (ref) {
    if (special[ref]) return special[ref]
    return packageOf(ref) === pkg ? short(ref) : `${idOf(packageOf(ref))}/${short(ref)}`
  }
  if (schema.type === 'array') return `[${typeOf(schema.items, pkg, ...element(type, here))}`
  if (schema.additionalProperties) return `{${typeOf(schema.additionalProperties, pkg, ...element(type, here))}`
  const code = { string: schema.format === 'byte' ? 'y' : 's', integer: schema.format === 'int64' ? 'l' : 'i', number: 'f', boolean: 'b' }[
    schema.type
  ]
  if (!code) throw new Error(`No notation for ${JSON.stringify(schema)}`)
  return code
}

function fieldLine(key, schema, defaults, required, pkg, fact) {
  const here = fact?.folder
  const pointer = fact?.type.startsWith('*')
  const bare = fact?.type.replace(/^\*/, '')
  const always = fact && (!fact.omitempty || (!pointer && !fact.omitzero && natureOf(bare, here) === 'struct'))
  const flags = `${required ? '!' : ''}${always ? '+' : ''}${pointer ? '*' : ''}`
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  const list = listType ? `~${listType[0]}${keys ? `:${keys.join(',')}` : ''}` : ''
  const map = schema['x-kubernetes-map-type'] ? `~m:${schema['x-kubernetes-map-type']}` : ''
  const strategy = schema['x-kubernetes-patch-strategy']
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  const patch = strategy || mergeKey ? `^${strategy ?? ''}${mergeKey ? `:${mergeKey}` : ''}` : ''
  const value = defaults?.default
  const preset =
    value === undefined
      ? ''
      : value === '' || value === 0 || value === false || JSON.stringify(value) === '{}'
        ? '='
        : `=${JSON.stringify(value)}`
  const path = fact?.path?.length ? `@${fact.path.join('.')}` : ''
  if (schema.type === 'array' && map) throw new Error(`${key}: a list with a map type`)
  return `${key}${flags}:${typeOf(schema, pkg, fact?.type, here)}${path}${list || map}${patch}${preset}`
}

const everywhere = definitions['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions']['x-kubernetes-group-version-kind']
function headOf(name, definition, own) {
  const kinds = definition['x-kubernetes-group-version-kind'] ?? []
  const flags = []
  if (kinds.length === everywhere.length) flags.push('g')
  else
    for (const k of kinds)
      flags.push(
        k.kind === short(name) && own?.group === k.group && own?.version === k.version ? 'k' : `k${k.group}/${k.version}/${k.kind}`,
      )
  if (definition['x-kubernetes-map-type'] === 'atomic') flags.push('a')
  for (const union of definition['x-kubernetes-unions'] ?? [])
    flags.push(
      `u${union.discriminator ?? ''}:${Object.entries(union['fields-to-discriminateBy'])
        .map((pair) => pair.join('='))
        .join(',')}`,
    )
  if (!definition.properties && definition.type === 'object') flags.push('e')
  return [short(name), ...flags].join(';')
}

function definitionLine(name, own) {
  const definition = definitions[name]
  const pkg = packageOf(name)
  const folder = goFolder(pkg) ?? pkg
  const facts = goFields(folder, short(name))
  const required = new Set(definition.required ?? [])
  const keys = Object.keys(definition.properties ?? {})
  const order = [...facts.keys()]
  keys.sort((a, b) => order.indexOf(a) - order.indexOf(b))
  for (const key of keys) if (!facts.has(key) && folder !== pkg) unmatched.push(`${name}.${key}`)
  return [
    headOf(name, definition, own),
    ...keys.map((key) =>
      fieldLine(key, definition.properties[key], withDefaults[name]?.properties?.[key], required.has(key), pkg, facts.get(key)),
    ),
  ].join(' ')
}

// ---- Files ----------------------------------------------------------------------------------------------------------

const constant = (id) => id.replace(/\W(\w)/g, (_, c) => c.toUpperCase())
const dashed = (id) => id.replace('.', '-')
const header = (what) => `/** ${what} Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */\n`
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const tables = []
for (const pkg of packages) {
  const id = idOf(pkg)
  const names = Object.keys(definitions)
    .filter((name) => packageOf(name) === pkg && !special[name])
    .sort()
  const own = Object.values(names.map((n) => definitions[n]['x-kubernetes-group-version-kind'] ?? []).filter((k) => k.length === 1)).map(
    ([k]) => k,
  )[0]
  const first = `${pkg} ${own && id !== 'meta.v1' ? `${own.group}/${own.version}` : '/v1'}`
  const lines = names.map((name) => definitionLine(name, own && id !== 'meta.v1' ? own : { group: '', version: 'v1' }))
  writeFileSync(
    join(out, `${dashed(id)}.ts`),
    `${header(`The types of ${pkg}.`)}export const ${constant(id)} = \`${[first, ...lines].join('\n').replaceAll('$', '\\$')}\``.replace(
      /\\\$(?!\{)/g,
      '$',
    ) + '\n',
  )
  tables.push(id)
}

const files = readdirSync(join(reference, 'discovery'))
function resourceLines() {
  const core = readJson('discovery/api__v1.json')
  const versions = [['', 'v1', core.resources]]
  for (const item of published.items)
    for (const { version } of item.versions) {
      const file = `apis__${item.metadata.name}__${version}.json`
      if (isOn(version) && files.includes(file)) versions.push([item.metadata.name, version, readJson(`discovery/${file}`).resources])
    }
  return versions.flatMap(([group, version, resources]) => [
    `# ${group}/${version}`,
    ...resources.map((r) =>
      [
        r.name,
        r.kind,
        r.namespaced ? 'n' : 'c',
        r.singularName || '-',
        (r.shortNames ?? []).join(',') || '-',
        (r.categories ?? []).join(',') || '-',
        r.verbs.join(','),
        r.storageVersionHash ?? '-',
        r.version ? `${r.group ?? ''}/${r.version}` : '-',
      ].join(' '),
    ),
  ])
}
writeFileSync(
  join(out, 'resources.ts'),
  `${header('What 1.36 serves by default: group-versions in the order of discovery, and their resources and subresources.')}export const resources = \`${resourceLines().join('\n')}\`\n`,
)
writeFileSync(
  join(out, 'group-versions.ts'),
  `${header('The group-versions whose options and events the meta types stand for.')}export const groupVersions = \`${everywhere.map((g) => `${g.group}/${g.version}`).join(' ')}\`\n`,
)

const { columns, handlers } = readJson('table-columns.json')
const columnLines = handlers
  .filter(([, print]) => !print.endsWith('List'))
  .filter(([name]) => columns[name] ?? columns[name.replace('Definitioins', 'Definitions')])
  .map(
    ([name, print]) =>
      `${print.slice('print'.length)}\t${(columns[name] ?? []).map((c) => [c.name, c.type, c.format, c.priority].join('|')).join('\t')}`,
  )
writeFileSync(
  join(out, 'columns.ts'),
  `${header("The columns of each kind's Table: name, type, format, priority.")}export const columns = \`${columnLines.join('\n')}\`\n`,
)

writeFileSync(
  join(out, 'tables.ts'),
  `${header('All tables of types.')}${tables.map((id) => `import { ${constant(id)} } from './${dashed(id)}.js'`).join('\n')}\n\nexport const tables: readonly string[] = [${tables.map(constant).join(', ')}]\n`,
)
for (const name of unmatched) console.error(`Not among the Go types: ${name}`)
console.log(`${tables.length} tables`)
