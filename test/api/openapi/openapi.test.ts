/** OpenAPI documents against those that Kubernetes publishes; descriptions are compared nowhere, for they are not in the sources. */
import { existsSync, readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import t from 'tap'
import { parseDescriptions } from '../../../src/api/openapi/definitions.js'
import { encodeGnosticV2 } from '../../../src/api/openapi/gnostic.js'
import { openApiV2 } from '../../../src/api/openapi/v2.js'
import { openApiV3, openApiV3Index, openApiV3Names } from '../../../src/api/openapi/v3.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import { noReference, reference, referenceJson } from '../reference.js'

type Json = Record<string, unknown>
const registry = builtinRegistry()
const options = { descriptions: new Map() }

/** Without descriptions, and without the allOf that only made room for one. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, member]) => key !== 'description' || typeof member !== 'string')
  const [first] = entries
  if (entries.length === 1 && first?.[0] === 'allOf' && (first[1] as unknown[]).length === 1) return bare((first[1] as unknown[])[0])
  return Object.fromEntries(entries.map(([key, member]) => [key, bare(member)]))
}

const keys = (...objects: (object | undefined)[]): string[] => [...new Set(objects.flatMap((object) => Object.keys(object ?? {})))]

t.test('OpenAPI v3: every definition and every operation is the published one', { skip: noReference }, async (t) => {
  let operations = 0
  let definitions = 0
  for (const name of openApiV3Names(registry)) {
    const file = `${name.replaceAll('/', '__')}_openapi.json`
    if (!reference('k8s-1.36', 'openapi-v3', file)) continue
    const want = bare(referenceJson('k8s-1.36', 'openapi-v3', file)) as { paths: Record<string, Json>; components: { schemas?: Json } }
    const got = bare(JSON.parse(JSON.stringify(openApiV3(registry, name, options)))) as typeof want
    for (const key of keys(want.components.schemas, got.components.schemas)) {
      definitions++
      t.strictSame(got.components.schemas?.[key], want.components.schemas?.[key], `${name} ${key}`)
    }
    for (const path of keys(want.paths, got.paths))
      for (const method of keys(want.paths[path], got.paths[path])) {
        operations++
        t.strictSame(got.paths[path]?.[method], want.paths[path]?.[method], `${method} ${path}`)
      }
  }
  t.ok(operations > 1170 && definitions > 1260, `${operations} operations, ${definitions} definitions`)
})

interface Swagger {
  readonly definitions: Record<string, Json>
  readonly paths: Record<string, Record<string, unknown>>
  readonly parameters?: Record<string, Json>
}

/** Paths and definitions of 1.36's document that the default API server does not serve, or that Troupe does not have. */
const notServed = /\/v\d+(alpha|beta)\d+(\/|$)|^\/apis\/(internal\.apiserver|storagemigration)\.k8s\.io\/|^\/logs\//
const notDefined = /\.v\d+(alpha|beta)\d+\.|meta\.v1\.GroupResource$/

t.test('OpenAPI v2: every definition and every operation is the published one', { skip: noReference }, async (t) => {
  const want = bare(referenceJson('k8s-1.36', 'swagger.json')) as Swagger
  const got = bare(JSON.parse(JSON.stringify(openApiV2(registry, options)))) as Swagger
  t.strictSame(got.definitions, Object.fromEntries(Object.entries(want.definitions).filter(([name]) => !notDefined.test(name))))
  const resolved = (list: unknown): unknown =>
    ((list ?? []) as Json[])
      .map((p) => (typeof p['$ref'] === 'string' ? (want.parameters?.[p['$ref'].split('/').at(-1) ?? ''] ?? p) : p))
      .sort((a, b) => `${String(a['name'])} ${String(a['in'])}`.localeCompare(`${String(b['name'])} ${String(b['in'])}`))
  const comparable = (operation: unknown, method: string): unknown =>
    method === 'parameters' ? resolved(operation) : { ...(operation as Json), parameters: resolved((operation as Json)['parameters']) }
  let operations = 0
  for (const path of keys(want.paths, got.paths).filter((candidate) => !notServed.test(candidate)))
    for (const method of keys(want.paths[path], got.paths[path])) {
      operations++
      t.strictSame(comparable(got.paths[path]?.[method], method), comparable(want.paths[path]?.[method], method), `${method} ${path}`)
    }
  t.ok(operations > 1170, `${operations} operations`)
})

t.test('the index names every document with its hash', async (t) => {
  const index = openApiV3Index(registry, (name) => `H${name.length}`) as { paths: Record<string, { serverRelativeURL: string }> }
  t.equal(index.paths['apis/apps/v1']?.serverRelativeURL, '/openapi/v3/apis/apps/v1?hash=H12')
  for (const name of Object.keys(index.paths)) t.ok(openApiV3(registry, name, options), name)
  for (const name of ['', 'apis/', 'apis/nothing', 'apis/apps/v9', 'api/v2', 'apis/apps/v1/more'])
    t.notOk(openApiV3(registry, name, options), `nothing at "${name}"`)
})

t.test('descriptions stand where they are given', async (t) => {
  const descriptions = parseDescriptions(
    '{"io.k8s.api.core.v1.Container":{"":"A container.","image":"Its image."},"io.k8s.api.core.v1.Probe":{"":"A probe."}}',
  )
  const document = openApiV3(registry, 'api/v1', { descriptions }) as {
    components: { schemas: Record<string, { description?: string; properties: Record<string, Json> }> }
  }
  const container = document.components.schemas['io.k8s.api.core.v1.Container']
  t.equal(container?.description, 'A container.')
  t.same(container?.properties['image'], { type: 'string', description: 'Its image.' })
  t.same(
    container?.properties['livenessProbe'],
    { description: 'A probe.', allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Probe' }] },
    'a type speaks for a field of which nothing is said',
  )
})

t.test('the protobuf form is a message of the same paths and definitions', async (t) => {
  const document = openApiV2(registry, options) as unknown as Swagger
  const reader = protobuf.Reader.create(encodeGnosticV2(document as unknown as Json))
  const count = new Map<number, number>()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    t.equal(tag & 7, 2)
    if (tag >>> 3 === 8 || tag >>> 3 === 9) {
      const end = reader.uint32() + reader.pos
      for (; reader.pos < end; reader.skipType(2)) {
        t.equal(reader.uint32() >>> 3, tag >>> 3 === 8 ? 2 : 1)
        count.set(tag >>> 3, (count.get(tag >>> 3) ?? 0) + 1)
      }
    } else reader.skipType(tag & 7)
  }
  t.equal(count.get(8), Object.keys(document.paths).length)
  t.equal(count.get(9), Object.keys(document.definitions).length)
  const proto = process.env['TROUPE_OPENAPIV2_PROTO'] ?? ''
  if (!existsSync(proto)) return
  const { root } = protobuf.parse(readFileSync(proto, 'utf8').replace('import "google/protobuf/any.proto";', ''), { keepCase: true })
  root.define('google.protobuf').add(new protobuf.Type('Any').add(new protobuf.Field('value', 2, 'bytes')))
  const type = root.lookupType('openapi.v2.Document')
  const decoded = type.toObject(type.decode(encodeGnosticV2(document as unknown as Json))) as { paths: { path: { name: string }[] } }
  t.same(decoded.paths.path.map(({ name }) => name).sort(), Object.keys(document.paths).sort())
})
