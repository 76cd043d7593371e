/**
 * OpenAPI v3 of a registry: one document for each group-version, group and root, as /openapi/v3/... serves them, and the
 * index of them. kubectl reads these for validation, explain and apply.
 */
import type { Registry } from '../registry.js'
import { closure, type Dialect, type Json, objectDefinition, reference, scalarDefinition } from './definitions.js'
import { documentName, groupOperation, type Operation, operationsOf, plainOperations } from './operations.js'
import type { Parameter } from './parameters.js'

export type OpenApiOptions = Omit<Dialect, 'version'>

/** Names of all documents, in the order of the index: 'api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1', 'version', ... */
export function openApiV3Names(registry: Registry): string[] {
  const groups = registry
    .groups()
    .flatMap(({ group, versions }) => [group === '' ? 'api' : `apis/${group}`, ...versions.map((version) => documentName(group, version))])
  return [...groups, ...plainOperations.map(({ path }) => path.slice(1, -1))].sort()
}

/** The document of this name (see openApiV3Names); undefined when there is none. */
export function openApiV3(registry: Registry, name: string, options: OpenApiOptions): Json | undefined {
  const [root, group = '', version, more] = name.split('/')
  const plain = plainOperations.filter(({ path }) => path === `/${name}/`)
  if (plain.length > 0) return document(registry, plain, options)
  if (more !== undefined) return undefined
  if (root === 'api' && group === '') return document(registry, [groupOperation('')], options)
  if (root === 'api') return registry.serves({ group: '', version: group }) ? groupVersionDocument(registry, '', group, options) : undefined
  if (root !== 'apis' || registry.preferredVersion(group) === undefined || group === '') return undefined
  if (version === undefined) return document(registry, [groupOperation(group)], options)
  return registry.serves({ group, version }) ? groupVersionDocument(registry, group, version, options) : undefined
}

/** GET /openapi/v3. `hashOf` gives a document's hash: upstream's is SHA-512 in upper-case hexadecimal; clients only compare it. */
export function openApiV3Index(registry: Registry, hashOf: (name: string) => string): Json {
  const paths: Record<string, Json> = {}
  for (const name of openApiV3Names(registry)) paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hashOf(name)}` }
  return { paths }
}

function groupVersionDocument(registry: Registry, group: string, version: string, options: OpenApiOptions): Json {
  return document(registry, operationsOf(registry, group, version), options, { group, version })
}

function document(
  registry: Registry,
  operations: readonly Operation[],
  options: OpenApiOptions,
  own?: { group: string; version: string },
): Json {
  const dialect: Dialect = { ...options, version: 3 }
  const custom = new Map([...registry.kinds()].map(({ schema }) => [schema.name, schema]))
  const find = (name: string) => registry.schemas.find(name) ?? custom.get(name)
  const schemas: Record<string, Json> = {}
  for (const name of closure(namesIn(operations), find)) {
    const schema = find(name)
    const scalar = scalarDefinition(name, dialect)
    if (scalar) schemas[name] = scalar
    else if (schema) {
      const everywhere = schema.groupVersionKinds.length > 2 && own !== undefined
      const kinds = everywhere
        ? schema.groupVersionKinds.filter(
            (k) => (k.group === '' && k.version === 'v1') || (k.group === own.group && k.version === own.version),
          )
        : schema.groupVersionKinds
      schemas[name] = objectDefinition(schema, dialect, kinds)
    }
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: pathsOf(operations),
    components: {
      schemas,
      securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } },
    },
  }
}

/** The definitions that operations name. */
export function namesIn(operations: readonly Operation[]): Set<string> {
  const names = new Set<string>()
  for (const { body, answers } of operations) {
    if (body) names.add(body.definition)
    for (const { definition } of answers) if (definition) names.add(definition)
  }
  return names
}

/** Groups operations by path; what all operations of a path take belongs to the path (go-restful's common parameters). */
export function byPath(operations: readonly Operation[]): Map<string, { operations: Operation[]; shared: Parameter[] }> {
  const paths = new Map<string, { operations: Operation[]; shared: Parameter[] }>()
  for (const operation of operations) {
    const entry = paths.get(operation.path)
    if (entry) entry.operations.push(operation)
    else paths.set(operation.path, { operations: [operation], shared: [] })
  }
  for (const entry of paths.values()) {
    const [first, ...rest] = entry.operations
    entry.shared = (first?.parameters ?? [])
      .filter((p) => rest.every(({ parameters }) => parameters.some((q) => q.name === p.name && q.in === p.in)))
      .sort(byName)
  }
  return new Map([...paths].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const byName = (a: Parameter, b: Parameter): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** What an operation takes beyond its path's parameters. */
export function ownParameters(operation: Operation, shared: readonly Parameter[]): Parameter[] {
  return operation.parameters.filter((p) => !shared.some((q) => q.name === p.name && q.in === p.in)).sort(byName)
}

/** The texts of answers by code. */
export const answerTexts: Readonly<Record<string, string>> = { '200': 'OK', '201': 'Created', '202': 'Accepted', '401': 'Unauthorized' }

function pathsOf(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {}
  for (const [path, { operations: own, shared }] of byPath(operations)) {
    const item: Record<string, unknown> = {}
    for (const operation of own) item[operation.method] = operationObject(operation, shared)
    if (shared.length) item['parameters'] = shared.map(parameterObject)
    paths[path] = item
  }
  return paths
}

function parameterObject({ name, in: where, type, description }: Parameter): Json {
  return { name, in: where, description, ...(where === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } }
}

function contentOf(types: readonly string[], definition: string | undefined): Json {
  const schema = definition ? reference(definition, 3) : { type: 'string' }
  return Object.fromEntries([...types].sort().map((type) => [type, { schema }]))
}

function operationObject(operation: Operation, shared: readonly Parameter[]): Json {
  const own = ownParameters(operation, shared)
  const responses: Record<string, Json> = {}
  for (const { code, definition } of operation.answers)
    responses[code] = { description: answerTexts[code], content: contentOf(operation.produces, definition) }
  responses['401'] = { description: answerTexts['401'] }
  const { body } = operation
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(own.length ? { parameters: own.map(parameterObject) } : {}),
    ...(body ? { requestBody: { content: contentOf(body.types, body.definition), ...(body.required ? { required: true } : {}) } } : {}),
    responses,
    ...(operation.action ? { 'x-kubernetes-action': operation.action } : {}),
    ...(operation.gvk ? { 'x-kubernetes-group-version-kind': operation.gvk } : {}),
  }
}
