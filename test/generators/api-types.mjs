#!/usr/bin/env node
/**
 * Derives src/api/types/*.ts, TypeScript's view of Kubernetes' published API, from its OpenAPI v2 document: names and
 * types only. Run it by hand when the API version changes:
 *
 *   node test/generators/api-types.mjs PATH/swagger.json
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const { definitions } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const packages = {
  'io.k8s.apimachinery.pkg.apis.meta.v1': 'meta-v1',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': 'apiextensions-v1',
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1': 'apiregistration-v1',
}
const scalars = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'unknown',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'Record<string, unknown>',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'unknown',
}
const fileOf = (name) => {
  const [, pkg] = /^(.*)\.[^.]+$/.exec(name)
  if (packages[pkg]) return packages[pkg]
  const m = /^io\.k8s\.api\.([^.]+)\.(v[0-9]+)$/.exec(pkg)
  return m ? `${m[1]}-${m[2]}` : undefined
}
const short = (name) => name.split('.').at(-1)
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

const files = new Map()
const emit = (name, definition) => {
  const file = fileOf(name)
  if (!file || scalars[name]) return
  const out = files.get(file) ?? files.set(file, { imports: new Map(), lines: [] }).get(file)
  const top = definition.properties?.apiVersion && definition.properties?.metadata
  const refer = (target) => {
    if (scalars[target]) return scalars[target]
    const from = fileOf(target)
    if (from !== file) (out.imports.get(from) ?? out.imports.set(from, new Set()).get(from)).add(short(target))
    return short(target)
  }
  const typeOf = (schema) => {
    if (schema.$ref) return refer(schema.$ref.slice('#/definitions/'.length))
    if (schema.type === 'array') return `${bracket(typeOf(schema.items))}[]`
    if (schema.type === 'object' || schema.additionalProperties)
      return schema.additionalProperties ? `Record<string, ${typeOf(schema.additionalProperties)}>` : 'Record<string, unknown>'
    return { integer: 'number', number: 'number', boolean: 'boolean', string: 'string' }[schema.type] ?? 'unknown'
  }
  const bracket = (type) => (/[ |]/.test(type) && !type.startsWith('Record') ? `(${type})` : type)
  if (!definition.properties) {
    out.lines.push(`export type ${short(name)} = ${typeOf(definition)}`)
    return
  }
  const required = new Set(definition.required ?? [])
  const fields = Object.entries(definition.properties).map(([key, schema]) => {
    const field = /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`
    if (top && ['apiVersion', 'kind', 'metadata'].includes(key)) return `${field}: ${typeOf(schema)}`
    if (name === objectMeta && key === 'name') return 'name: string'
    const type = key === 'metadata' && schema.$ref?.endsWith(objectMeta) ? `Partial<${typeOf(schema)}>` : typeOf(schema)
    return required.has(key) ? `${field}: ${type}` : `${field}?: ${type} | undefined`
  })
  out.lines.push(`export interface ${short(name)} { ${fields.join('; ')} }`)
}
for (const name of Object.keys(definitions).sort()) emit(name, definitions[name])

mkdirSync('src/api/types', { recursive: true })
for (const [file, { imports, lines }] of files) {
  const head = [...imports].sort().map(([from, names]) => `import type { ${[...names].sort().join(', ')} } from './${from}.js'`)
  writeFileSync(
    `src/api/types/${file}.ts`,
    `/** Kubernetes' ${file.replace('-', '/')} as TypeScript sees it. Made by test/generators/api-types.mjs; do not edit. */\n\n${[...head, ...(head.length ? [''] : []), ...lines].join('\n')}\n`,
  )
}
