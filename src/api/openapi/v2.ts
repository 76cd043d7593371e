/** OpenAPI v2 (Swagger 2.0) of a whole registry, as /openapi/v2 serves it in JSON; gnostic.ts has the protobuf form. */
import type { Registry } from '../registry.js'
import { closure, type Dialect, type Json, objectDefinition, reference, scalarDefinition } from './definitions.js'
import { groupOperation, type Operation, operationsOf, plainOperations } from './operations.js'
import type { Parameter } from './parameters.js'
import { answerTexts, byPath, namesIn, type OpenApiOptions, ownParameters } from './v3.js'

/** GET /openapi/v2. Parameters stand where they are used; upstream refers to a common list of them. */
export function openApiV2(registry: Registry, options: OpenApiOptions): Json {
  const dialect: Dialect = { ...options, version: 2 }
  const operations = [
    ...plainOperations,
    ...registry
      .groups()
      .flatMap(({ group, versions }) => [groupOperation(group), ...versions.flatMap((version) => operationsOf(registry, group, version))]),
  ]
  const custom = new Map([...registry.kinds()].map(({ schema }) => [schema.name, schema]))
  const find = (name: string) => registry.schemas.find(name) ?? custom.get(name)
  const definitions: Record<string, Json> = {}
  for (const name of closure(namesIn(operations), find)) {
    const schema = find(name)
    const definition = scalarDefinition(name, dialect) ?? (schema && objectDefinition(schema, dialect))
    if (definition) definitions[name] = definition
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: pathsOf(operations),
    definitions,
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  }
}

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
  return { uniqueItems: true, type, description, name, in: where, ...(where === 'path' ? { required: true } : {}) }
}

function operationObject(operation: Operation, shared: readonly Parameter[]): Json {
  const { body } = operation
  const parameters: Json[] = ownParameters(operation, shared).map(parameterObject)
  if (body)
    parameters.unshift({ name: 'body', in: 'body', ...(body.required ? { required: true } : {}), schema: reference(body.definition, 2) })
  const responses: Record<string, Json> = {}
  for (const { code, definition } of operation.answers)
    responses[code] = { description: answerTexts[code], schema: definition ? reference(definition, 2) : { type: 'string' } }
  responses['401'] = { description: answerTexts['401'] }
  return {
    description: operation.description,
    ...(body || operation.action
      ? { consumes: body?.types ?? ['*/*'] }
      : operation.answers[0]?.definition
        ? { consumes: operation.produces }
        : {}),
    produces: operation.produces,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    ...(parameters.length ? { parameters } : {}),
    responses,
    ...(operation.action ? { 'x-kubernetes-action': operation.action } : {}),
    ...(operation.gvk ? { 'x-kubernetes-group-version-kind': operation.gvk } : {}),
  }
}
