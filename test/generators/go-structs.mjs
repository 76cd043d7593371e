/**
 * Reads the facts that Kubernetes' Go types hold beyond its published schema: the order of fields, which are pointers,
 * which are left out when empty, which types have a name of their own, and protobuf numbers through inlined structs.
 * Names and flags only. Used by api-tables.mjs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the Go package of an OpenAPI package lives, below a folder with k8s.io's api, apimachinery, ... side by side. */
export function goFolder(pkg) {
  const api = /^io\.k8s\.api\.([^.]+)\.([^.]+)$/.exec(pkg)
  if (api) return `api/${api[1]}/${api[2]}`
  return {
    'io.k8s.apimachinery.pkg.apis.meta.v1': 'apimachinery/pkg/apis/meta/v1',
    'io.k8s.apimachinery.pkg.version': 'apimachinery/pkg/version',
    'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': 'apiextensions-apiserver/pkg/apis/apiextensions/v1',
    'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1': 'kube-aggregator/pkg/apis/apiregistration/v1',
  }[pkg]
}

/** The types of one Go package: name -> {struct: fields} or {alias: Go type}. */
export function readGoPackage(root, folder) {
  const types = new Map()
  const dir = join(root, folder)
  if (!existsSync(dir)) return types
  for (const file of readdirSync(dir).filter((name) => name.endsWith('.go'))) {
    const text = readFileSync(join(dir, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    const imports = new Map(
      [...text.matchAll(/^(?:\t|import )(?:(\w+) )?"(k8s\.io\/[^"]+)"/gm)].map(([, alias, path]) => [
        alias ?? path.split('/').at(-1),
        path,
      ]),
    )
    for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      types.set(name, { fields: fieldsOf(body, imports) })
    for (const [, name, alias] of text.matchAll(/^type (\w+) ([^\s=].*?)(?:\s*\/\/.*)?$/gm))
      if (!alias.startsWith('struct') && !alias.startsWith('interface')) types.set(name, { alias: qualify(alias.trim(), imports) })
  }
  return types
}

/** `*corev1.Pod` with the import's path in place of its alias: `*k8s.io/api/core/v1#Pod`. */
const qualify = (type, imports) =>
  type.replace(/\b(\w+)\.(\w+)/g, (whole, alias, name) => (imports.has(alias) ? `${imports.get(alias)}#${name}` : whole))

function fieldsOf(body, imports) {
  const fields = []
  for (const line of body.split('\n')) {
    const m = /^\s+(?:(\w+)\s+)?([*[\]\w.]+(?:\[[\w.]+\][*[\]\w.]+)?)\s+`([^`]*)`/.exec(
      line.replace(/\/\/.*$/, (c) => (c.includes('`') ? c : '')),
    )
    if (!m) continue
    const [, name, type, tags] = m
    const json = /json:"([^"]*)"/.exec(tags)?.[1]
    if (json === undefined || json === '-') continue
    const [jsonName, ...options] = json.split(',')
    fields.push({
      type: qualify(type, imports),
      json: jsonName,
      inline: jsonName === '' && (!name || options.includes('inline')),
      omitempty: options.includes('omitempty') || options.includes('omitzero'),
      omitzero: options.includes('omitzero'),
      number: Number(/protobuf:"\w+,(\d+)/.exec(tags)?.[1] ?? 0),
    })
  }
  return fields
}
