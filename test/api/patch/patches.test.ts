/** JSON patch, merge patch and strategic merge patch. */
import fc from 'fast-check'
import t from 'tap'
import { parseJson } from '../../../src/api/codec/json-text.js'
import type { ApiError } from '../../../src/api/meta/status.js'
import { applyJsonPatch, equalJson, jsonPatchOperationsMax } from '../../../src/api/patch/json-patch.js'
import { applyMergePatch, mergePatch } from '../../../src/api/patch/merge-patch.js'
import { applyStrategicMerge } from '../../../src/api/patch/strategic-merge.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import { noReference, referenceLines } from '../reference.js'

const registry = builtinRegistry()
const schemaOf = (group: string, version: string, kind: string) => {
  const schema = registry.schemaOf({ group, version, kind })
  if (schema === undefined) throw new Error(`Cannot test ${kind}: it is not registered`)
  return schema
}
const podSchema = schemaOf('', 'v1', 'Pod')
const strategic = (document: unknown, patch: unknown): unknown => applyStrategicMerge(document, patch, podSchema)

t.test('JSON patches apply as RFC 6902 tells', async (t) => {
  const cases: [unknown, unknown[], unknown][] = [
    [{ a: 1 }, [{ op: 'add', path: '/b', value: [1] }], { a: 1, b: [1] }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: { x: null } }], { a: [1, { x: null }] }],
    [{ a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    [{ a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
    [{ a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    [
      { a: { b: 1 } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'replace', path: '/c/b', value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [{ a: { b: [1, { c: 'd' }] } }, [{ op: 'test', path: '/a', value: { b: [1, { c: 'd' }] } }], { a: { b: [1, { c: 'd' }] } }],
    [
      { 'a/b': 1, '~c': 2, '~1': 3 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/~0c' },
        { op: 'replace', path: '/~01', value: 4 },
      ],
      { '~1': 4 },
    ],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
    [{ a: 1 }, [{ op: 'add', path: '/a', value: null }], { a: null }],
    // Where upstream is laxer than the RFC.
    [{ a: [1, 2] }, [{ op: 'replace', path: '/a/-1', value: 3 }], { a: [1, 3] }],
    [{}, [{ op: 'replace', path: '/a', value: 3 }], { a: 3 }],
    [{}, [{ op: 'test', path: '/a', value: null }], {}],
  ]
  for (const [document, patch, result] of cases) {
    const before = structuredClone({ document, patch })
    t.strictSame(applyJsonPatch(document, patch), result, JSON.stringify(patch))
    t.strictSame({ document, patch }, before, 'neither argument changes')
  }
})

t.test('a JSON patch that does not apply is rejected without a reason', async (t) => {
  const patches = [
    [{ op: 'remove', path: '/nope' }],
    [{ op: 'test', path: '/a', value: 2 }],
    [{ op: 'frob', path: '/a' }],
    [{ op: 'add', path: '/x/y', value: 1 }],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'add', path: '/l/9', value: 1 }],
    [{ op: 'remove', path: '/l/x' }],
    [{ op: 'move', path: '/b' }],
    [{ op: 'replace', path: '', value: 1 }],
    [{ op: 'add', path: '/a/b', value: 1 }],
  ]
  for (const patch of patches) {
    try {
      applyJsonPatch({ a: 1, l: [] }, patch)
      t.fail(JSON.stringify(patch))
    } catch (error) {
      t.match(
        (error as ApiError).status,
        { code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} },
        JSON.stringify(patch),
      )
    }
  }
  t.throws(() => applyJsonPatch({}, {}), {
    message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  })
  const many = Array<unknown>(jsonPatchOperationsMax + 1).fill({ op: 'test', path: '/a', value: null })
  t.throws(() => applyJsonPatch({}, many), {
    message: `Request entity too large: The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${jsonPatchOperationsMax + 1}`,
  })
})

t.test('keys that JavaScript holds dear are only keys', async (t) => {
  const patched = applyJsonPatch(
    {},
    JSON.parse('[{"op":"add","path":"/__proto__","value":{"polluted":1}},{"op":"add","path":"/constructor","value":1}]'),
  ) as object
  t.equal(Object.getPrototypeOf(patched), Object.prototype)
  t.equal(JSON.stringify(patched), '{"__proto__":{"polluted":1},"constructor":1}')
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

t.test('merge patches apply as RFC 7396 tells', async (t) => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a'], { a: 'b', c: null }, { a: 'b' }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of cases) t.strictSame(mergePatch(target, patch), result, JSON.stringify([target, patch]))
  t.throws(() => applyMergePatch({}, []), {
    message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  })
})

const json = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.boolean(), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).object

t.test('merging a patch twice is merging it once, and the document itself changes nothing', async (t) => {
  fc.assert(
    fc.property(json, json, (document, patch) => equalJson(mergePatch(mergePatch(document, patch), patch), mergePatch(document, patch))),
  )
  fc.assert(fc.property(json, (document) => equalJson(mergePatch(document, document), document)))
  t.pass()
})

const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec })

t.test('strategic merge merges lists by their key and puts what is new first', async (t) => {
  const live = pod({
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
  })
  const patch = {
    spec: {
      containers: [
        { name: 'c', image: 'c:1' },
        { name: 'a', env: [{ name: 'Y', value: '2' }] },
      ],
    },
  }
  t.strictSame(
    strategic(live, patch),
    pod({
      containers: [
        { name: 'c', image: 'c:1' },
        {
          name: 'a',
          image: 'a:1',
          env: [
            { name: 'Y', value: '2' },
            { name: 'X', value: '1' },
          ],
        },
        { name: 'b', image: 'b:1' },
      ],
    }),
  )
  t.strictSame(
    strategic(pod({ tolerations: [{ key: 'a' }] }), { spec: { tolerations: [{ key: 'b' }] } }),
    pod({ tolerations: [{ key: 'b' }] }),
    'a list without patch strategy is replaced',
  )
  t.strictSame(strategic(live, {}), live)
})

t.test('directives delete, replace, retain and order', async (t) => {
  const live = pod({ containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], nodeSelector: { x: '1', y: '2' } })
  const names = (result: unknown) =>
    (result as typeof live & { spec: { containers: { name: string }[] } }).spec.containers.map(({ name }) => name).join('')
  t.equal(names(strategic(live, { spec: { containers: [{ name: 'b', $patch: 'delete' }] } })), 'ac')
  t.equal(names(strategic(live, { spec: { containers: [{ name: 'z' }, { $patch: 'replace' }] } })), 'z')
  t.equal(
    names(
      strategic(live, {
        spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'n' }, { name: 'a' }], containers: [{ name: 'n' }] },
      }),
    ),
    'bcna',
    'b, which the patch does not know, stays before c',
  )
  t.strictSame(strategic(live, { spec: { nodeSelector: { $patch: 'replace', z: '3' } } }), pod({ ...live.spec, nodeSelector: { z: '3' } }))
  t.strictSame(strategic(live, { spec: { nodeSelector: { $patch: 'delete' } } }), pod({ ...live.spec, nodeSelector: {} }))
  const deployment = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  const retained = applyStrategicMerge(
    deployment,
    { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    schemaOf('apps', 'v1', 'Deployment'),
  )
  t.strictSame(retained, { spec: { strategy: { type: 'Recreate' } } })
  const finalizers = { metadata: { finalizers: ['a/a', 'b/b'] } }
  t.strictSame(
    strategic(finalizers, { metadata: { finalizers: ['c/c'] } }),
    { metadata: { finalizers: ['c/c', 'a/a', 'b/b'] } },
    'a set takes what is new',
  )
  t.strictSame(strategic(finalizers, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/a'] } }), {
    metadata: { finalizers: ['b/b'] },
  })
})

t.test('a malformed strategic patch is refused in upstream’s words', async (t) => {
  const live = pod({ containers: [{ name: 'a' }] })
  const cases: [unknown, number, string][] = [
    [{ spec: { containers: [{ image: 'x' }] } }, 500, 'map: map[image:x] does not contain declared merge key: name'],
    [{ spec: { $patch: 'bogus' } }, 500, 'unknown patch type: bogus in map: map[$patch:bogus]'],
    [{ spec: { $retainKeys: 'x' } }, 400, 'invalid patch format of retainKeys'],
    [
      { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a' }] } },
      500,
      "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    ],
    [{ spec: { containers: [1] } }, 500, 'list element types are not identical: [[map[name:a]] [1]]'],
  ]
  for (const [patch, code, message] of cases) t.throws(() => strategic(live, patch), { message, status: { code } }, message)
})

interface Row {
  readonly id: string
  readonly path: string
  readonly contentType?: string
  readonly body: unknown
  readonly status: number
  readonly response?: Record<string, unknown> & { readonly message?: string }
}

/** Whether all that `part` says `whole` says too; lists item by item. */
function within(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(whole) && part.length === whole.length && part.every((item, i) => within(item, whole[i]))
  if (typeof part !== 'object' || part === null) return part === whole
  return (
    typeof whole === 'object' &&
    whole !== null &&
    Object.entries(part).every(([key, value]) => within(value, (whole as Record<string, unknown>)[key]))
  )
}

t.test('recorded patches come out as recorded, before defaults', { skip: noReference }, async (t) => {
  const rows = referenceLines<Row>('golden-1.26', 'answers.ndjson')
  const created = new Map(
    rows.filter(({ id, status }) => id.startsWith('create/') && status === 201).map(({ id, response }) => [id, response]),
  )
  const live: Record<string, [string, string, string]> = {
    'deployments/dep': ['apps', 'Deployment', 'create/apps/v1/Deployment/dep'],
    'pods/pod': ['', 'Pod', 'create/v1/Pod/pod'],
    'services/svc': ['', 'Service', 'create/v1/Service/svc'],
    'configmaps/cm': ['', 'ConfigMap', 'create/v1/ConfigMap/cm'],
  }
  for (const row of rows.filter(({ id }) => id.startsWith('patch/'))) {
    const [group, kind, from] = live[/golden\/([^?]+)/.exec(row.path)?.[1] ?? ''] ?? ['', '', '']
    const document = created.get(from)
    const run = (): unknown => {
      const patch = typeof row.body === 'string' ? parseJson(row.body).value : row.body
      if (row.contentType === 'application/json-patch+json') return applyJsonPatch(document, patch)
      return row.contentType === 'application/merge-patch+json'
        ? applyMergePatch(document, patch)
        : applyStrategicMerge(document, patch, schemaOf(group, 'v1', kind))
    }
    const message = row.response?.message ?? ''
    if (row.status === 200) {
      // Allocated and derived fields follow from the patch, not of it.
      const { metadata, ...rest } = run() as { metadata: Record<string, unknown>; spec?: Record<string, unknown> }
      const { generation: _, ...bare } = metadata
      const derived =
        kind === 'Service'
          ? { ports: ((rest.spec?.['ports'] ?? []) as { nodePort?: number }[]).map(({ nodePort: _, ...port }) => port) }
          : rest.spec
      t.ok(within({ metadata: bare, ...rest, ...(rest.spec ? { spec: derived } : {}) }, row.response), row.id)
    } else if (/^error decoding patch: json/.test(message) || (row.status === 422 && /^the server rejected/.test(message)))
      t.throws(run, { message }, row.id)
    else if (/^error decoding patch/.test(message)) t.throws(run, { message: message.slice('error decoding patch: '.length) }, row.id)
    else t.doesNotThrow(run, `${row.id}: refused later, when the object is judged`)
  }
})
