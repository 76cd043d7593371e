/** Bodies to objects and back: JSON, YAML and protobuf. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Body, type BodyFormat, decodeBody, decodeObject, type FieldValidation } from '../../../src/api/codec/body.js'
import { encodeJson, toWire } from '../../../src/api/codec/encode.js'
import { JsonSyntaxError, NumberLiteral, parseJson } from '../../../src/api/codec/json-text.js'
import { decodeProtobuf, encodeProtobuf } from '../../../src/api/codec/protobuf.js'
import { parseYaml, parseYamlDocuments } from '../../../src/api/codec/yaml.js'
import { ApiError } from '../../../src/api/meta/status.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import type { ObjectSchema } from '../../../src/api/schema/types.js'
import { noReference, reference, referenceJson, referenceLines } from '../reference.js'

const registry = builtinRegistry()

function schemaOf(apiVersion: string, kind: string): { gvk: { group: string; version: string; kind: string }; schema: ObjectSchema } {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const gvk = { group, version, kind }
  const schema = registry.schemaOf(gvk)
  if (!schema) throw new Error(`no schema of ${apiVersion} ${kind}`)
  return { gvk, schema }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function decode(apiVersion: string, kind: string, text: string, options: { format?: BodyFormat; validation?: FieldValidation } = {}): Body {
  return decodeBody(bytesOf(text), options.format ?? 'json', schemaOf(apiVersion, kind), registry, options.validation ?? 'Strict')
}

/** The message of the ApiError that decoding throws, or what it gives. */
function refusal(
  apiVersion: string,
  kind: string,
  text: string,
  options: { format?: BodyFormat; validation?: FieldValidation } = {},
): unknown {
  try {
    return decode(apiVersion, kind, text, options)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.status.message
  }
}

t.test('parseJson() words syntax errors as Go does', async (t) => {
  const message = (text: string): string => {
    try {
      return JSON.stringify(parseJson(text).value)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      return error.message
    }
  }
  t.equal(message('{'), 'unexpected end of JSON input')
  t.equal(message(''), 'unexpected end of JSON input')
  t.equal(message('{a'), "invalid character 'a' looking for beginning of object key string")
  t.equal(message('{"a"}'), "invalid character '}' after object key")
  t.equal(message('{"a":1 "b"'), "invalid character '\"' after object key:value pair")
  t.equal(message('[1 2]'), "invalid character '2' after array element")
  t.equal(message('[1,]'), "invalid character ']' looking for beginning of value")
  t.equal(message('01'), "invalid character '1' after top-level value")
  t.equal(message('1.x'), "invalid character 'x' after decimal point in numeric literal")
  t.equal(message('trux'), "invalid character 'x' in literal true (expecting 'e')")
  t.equal(message('"a\nb"'), "invalid character '\\n' in string literal")
  t.equal(message('"\\q"'), "invalid character 'q' in string escape code")
  t.equal(message('[é]'), "invalid character 'Ã' looking for beginning of value")
  t.equal(message('"\\u00e9\\"/"'), '"é\\"/"')
  t.equal(message(`${'['.repeat(1001)}`), "invalid character '[' exceeded max depth")
})

t.test('parseJson() keeps how a number was written and which keys come twice', async (t) => {
  const { value, repeated } = parseJson('{"a":1.0,"b":{"c":1,"d":2,"c":3},"__proto__":{"x":1}}')
  const object = value as { a: unknown; b: object }
  t.ok(object.a instanceof NumberLiteral)
  t.same(repeated.get(object.b), [
    ['c', 1],
    ['d', 2],
    ['c', 3],
  ])
  t.ok(Object.hasOwn(object, '__proto__'))
  t.equal(Object.getPrototypeOf(object), Object.prototype)
})

t.test('unknown and duplicate fields are errors, warnings or nothing, as validation says', async (t) => {
  const text =
    '{"metadata":{"name":"a","name":"b","foo":1},"spec":{"replicas":1,"replicas":2,"template":{"spec":{"containers":[{"name":"c","nope":{"deep":1}}]}}}}'
  const found = [
    'duplicate field "metadata.name"',
    'unknown field "metadata.foo"',
    'duplicate field "spec.replicas"',
    'unknown field "spec.template.spec.containers[0].nope"',
  ]
  t.equal(
    refusal('apps/v1', 'Deployment', text),
    `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${found.join(', ')}`,
  )
  const warned = decode('apps/v1', 'Deployment', text, { validation: 'Warn' })
  t.same(warned.warnings, found)
  t.equal(warned.object.metadata.name, 'b')
  t.same(decode('apps/v1', 'Deployment', text, { validation: 'Ignore' }).warnings, [])
})

t.test('what does not fit its type is refused in the words of Go', async (t) => {
  const of = (spec: string): unknown =>
    String(refusal('v1', 'Service', `{"spec":${spec}}`)).replace('Service in version "v1" cannot be handled as a Service: ', '')
  t.equal(of('{"ports":[{"port":"80"}]}'), 'json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32')
  t.equal(
    of('{"ports":[{"port":80.5}]}'),
    'json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32',
  )
  t.equal(
    of('{"ports":[{"port":3000000000}]}'),
    'json: cannot unmarshal number 3000000000 into Go struct field ServicePort.spec.ports.port of type int32',
  )
  t.equal(
    of('{"ports":[{"targetPort":true}]}'),
    'json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
  )
  t.equal(of('{"ports":{}}'), 'json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort')
  t.equal(of('{"type":1}'), 'json: cannot unmarshal number into Go struct field ServiceSpec.spec.type of type v1.ServiceType')
  t.equal(of('{"selector":{"a":1}}'), 'json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string')
  const pod = (container: string): unknown =>
    String(refusal('v1', 'Pod', `{"spec":{"containers":[${container}]}}`)).replace('Pod in version "v1" cannot be handled as a Pod: ', '')
  t.equal(
    pod('{"resources":{"limits":{"cpu":"1x"}}}'),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  )
  t.match(
    pod('{"stdin":"x","resources":{"limits":{"cpu":"1x"}}}'),
    /^quantities/,
    'an error of a type that decodes itself wins over the first misfit',
  )
  t.equal(
    refusal('v1', 'Secret', '{"data":{"a":"@"}}'),
    'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0',
  )
})

t.test('a body of another kind or none is refused', async (t) => {
  t.equal(
    refusal('v1', 'Pod', '{'),
    "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
  )
  t.equal(
    refusal('v1', 'Pod', ''),
    "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
  )
  t.match(refusal('v1', 'Pod', '[]'), /json: cannot unmarshal array into Go value of type struct \{ APIVersion string .* \(5b5d\)$/)
  t.equal(
    refusal('v1', 'Pod', '{"kind":"Service","apiVersion":"v1"}'),
    'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
  )
  t.match(
    refusal('v1', 'Pod', '{"kind":"Pod","apiVersion":"v2"}'),
    /^Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme/,
  )
  t.equal(
    refusal('autoscaling/v2', 'HorizontalPodAutoscaler', '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1"}'),
    'the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)',
  )
  const options = { ...schemaOf('v1', 'DeleteOptions'), anyGroupVersion: true }
  t.same(
    decodeBody(
      bytesOf('{"kind":"DeleteOptions","apiVersion":"foo.example/v7","gracePeriodSeconds":0}'),
      'json',
      options,
      registry,
      'Strict',
    ).object,
    {
      apiVersion: 'foo.example/v7',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
    },
  )
})

t.test('an object is kept as a Go round trip would keep it', async (t) => {
  const { object } = decode(
    'v1',
    'Pod',
    '{"metadata":{"name":"p","creationTimestamp":null,"labels":{},"annotations":{"a":""}},"spec":{"hostNetwork":false,"containers":[{"name":"c","image":"","env":[],"resources":{"limits":{"cpu":"1000m","memory":1024}},"securityContext":{"runAsUser":0,"privileged":false}}]},"status":null}',
  )
  t.same(object, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations: { a: '' } },
    spec: {
      containers: [
        { name: 'c', resources: { limits: { cpu: '1', memory: '1024' } }, securityContext: { runAsUser: 0, privileged: false } },
      ],
    },
    status: {},
  })
  t.same(decode('v1', 'Pod', '{}').object, { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {}, status: {} })
  const { object: event } = decode('events.k8s.io/v1', 'Event', '{"eventTime":"2020-01-01T01:00:00.000001+01:00"}')
  t.equal(event['eventTime'], '2020-01-01T00:00:00.000001Z')
})

t.test('toWire() writes what Go writes though it holds nothing', async (t) => {
  const { schema } = schemaOf('rbac.authorization.k8s.io/v1', 'ClusterRole')
  t.equal(
    encodeJson({ kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'r' }, rules: [] }, schema),
    '{"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"r"},"rules":null}',
  )
  const condition = toWire({ status: { conditions: [{ type: 'Ready', status: 'True' }] } }, schemaOf('v1', 'Pod').schema)
  t.same((condition['status'] as { conditions: unknown }).conditions, [
    { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null },
  ])
})

t.test('decodeObject() decodes values as bodies are decoded', async (t) => {
  const target = schemaOf('v1', 'ConfigMap')
  t.same(decodeObject({ data: { a: 'b' }, x: 1 }, target, registry, 'Warn'), {
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { a: 'b' } },
    warnings: ['unknown field "x"'],
  })
})

t.test('YAML is read as version 1.1', async (t) => {
  t.same(parseYaml('a: yes\nb: 0777\nc: 2001-01-01\nd: "no"\n1: x\ntrue: z\ne: ~\n').value, {
    a: true,
    b: 511,
    c: '2001-01-01',
    d: 'no',
    1: 'x',
    true: 'z',
    e: null,
  })
  t.same(parseYaml('base: &b {x: 1}\nuse: {<<: *b, z: 2}\n').value, { base: { x: 1 }, use: { x: 1, z: 2 } })
  t.same(
    parseYamlDocuments('---\na: 1\n---\n# nothing\n---\nb: 2\n').map(({ value }) => value),
    [{ a: 1 }, { b: 2 }],
  )
  t.same(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n').strict, ['yaml: unmarshal errors:\n  line 4: key "c" already set in map'])
  t.match(
    refusal('v1', 'ConfigMap', 'data:\n  a: b\n  a: c\n', { format: 'yaml' }),
    /strict decoding error: yaml: unmarshal errors:\n {2}line 3: key "a" already set in map/,
  )
  t.match(
    refusal('v1', 'ConfigMap', 'a: b: c\n', { format: 'yaml' }),
    /^the object provided is unrecognized \(must be of type ConfigMap\): yaml: line 1: mapping values are not allowed in this context/,
  )
})

t.test('protobuf without its prefix, or cut short, is refused', async (t) => {
  const target = schemaOf('v1', 'Namespace')
  const whole = encodeProtobuf({ metadata: { name: 'n' } }, target.schema, { apiVersion: 'v1', kind: 'Namespace' })
  t.same(decodeBody(whole, 'protobuf', target, registry, 'Strict').object, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'n' },
    spec: {},
    status: {},
  })
  const taken = Array.from(whole.keys()).filter((length) => {
    try {
      return decodeBody(whole.slice(0, length), 'protobuf', target, registry, 'Strict')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return false
    }
  })
  t.same(taken, [4, 21, whole.length - 4, whole.length - 2], 'only between the fields of the envelope, where it is a shorter message')
})

t.test('every published kind is the same in JSON, YAML and protobuf', { skip: noReference }, async (t) => {
  const folder = reference('k8s-1.36', 'api-roundtrip') ?? ''
  let compared = 0
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.pb'))) {
    const name = file.slice(0, -3)
    const bytes = new Uint8Array(readFileSync(join(folder, file)))
    const { apiVersion, kind } = decodeProtobuf.envelope(bytes)
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
    const schema = registry.schemaOf({ group, version, kind })
    if (!schema) continue
    compared++
    const target = { gvk: { group, version, kind }, schema }
    const fromJson = decodeBody(readFileSync(join(folder, `${name}.json`)), 'json', target, registry, 'Strict').object
    t.strictSame(decodeBody(bytes, 'protobuf', target, registry, 'Strict').object, fromJson, `${name} from protobuf`)
    t.strictSame(
      decodeBody(readFileSync(join(folder, `${name}.yaml`)), 'yaml', target, registry, 'Strict').object,
      fromJson,
      `${name} from YAML`,
    )
    t.strictSame(toWire(fromJson, schema), referenceJson('k8s-1.36', 'api-roundtrip', `${name}.json`), `${name} to JSON`)
    t.ok(Buffer.from(encodeProtobuf(fromJson, schema, { apiVersion, kind })).equals(bytes), `${name} to protobuf`)
  }
  t.ok(compared >= 73, `${compared} kinds`)
})

interface Row {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly status: number
  readonly response?: { readonly message?: string }
}

/** Types that have another name in 1.36: a claim's resources are VolumeResourceRequirements since 1.29. */
const renamed = new Set([
  'create/v1/PersistentVolumeClaim/pvc/notobject:spec.resources.requests',
  'create/apps/v1/StatefulSet/sts/notobject:spec.volumeClaimTemplates.0.spec.resources',
])

t.test('recorded decoding errors are given word for word, and nothing else is refused', { skip: noReference }, async (t) => {
  let judged = 0
  for (const row of referenceLines<Row>('golden-1.26', 'answers.ndjson')) {
    if (!/^(create|update|misc)\//.test(row.id) || row.body === undefined || !['POST', 'PUT'].includes(row.method) || renamed.has(row.id))
      continue
    const m = /^\/(?:api|apis\/([^/]+))\/([^/?]+)\/(?:namespaces\/[^/]+\/)?([^/?]+)(?:\/[^/?]+)?(\/[^?]+)?/.exec(row.path)
    const kind = registry.findResource({ group: m?.[1] ?? '', version: m?.[2] ?? '', resource: m?.[3] ?? '' })
    if (!kind || m?.[4]) continue
    const body = typeof row.body === 'string' ? row.body : JSON.stringify(row.body)
    const message = row.response?.message ?? ''
    const expected = row.status === 400 && /cannot be handled|unrecognized/.test(message) ? message : undefined
    const got = refusal(kind.group ? `${kind.group}/${kind.version}` : kind.version, kind.kind, body, {
      validation: row.path.includes('Strict') ? 'Strict' : 'Warn',
    })
    const refused = typeof got === 'string' ? got : undefined
    judged++
    if (refused !== expected) t.equal(refused, expected, row.id)
  }
  t.ok(judged > 3000, `${judged} bodies`)
})

/** 1.36 leaves out empty members of a failure policy's rules, and a NetworkPolicy has no status since 1.28. */
const otherwise = /^(create|update)\/(batch\/v1\/Job\/job|networking.k8s.io\/v1\/NetworkPolicy\/np)(\/from)?$/

t.test('recorded objects come out as they went in', { skip: noReference }, async (t) => {
  let compared = 0
  for (const row of referenceLines<Row>('golden-1.26', 'answers.ndjson')) {
    const recorded = row.response as { apiVersion?: string; kind?: string } | undefined
    if (
      row.status >= 300 ||
      !recorded?.apiVersion ||
      !recorded.kind ||
      /List$|^Table$|^Status$/.test(recorded.kind) ||
      otherwise.test(row.id)
    )
      continue
    if (recorded.apiVersion.includes('beta')) continue
    const target = schemaOf(recorded.apiVersion, recorded.kind)
    const text = JSON.stringify(recorded, (key, value: unknown) => (key === 'creationTimestamp' && value === null ? undefined : value))
    compared++
    t.strictSame(toWire(decodeBody(bytesOf(text), 'json', target, registry, 'Ignore').object, target.schema), JSON.parse(text), row.id)
  }
  t.ok(compared > 100, `${compared} objects`)
})
