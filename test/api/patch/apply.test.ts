/** Field sets, managedFields and server-side apply. */
import fc from 'fast-check'
import t from 'tap'
import type { KubeObject } from '../../../src/api/meta/object.js'
import { ApiError } from '../../../src/api/meta/status.js'
import {
  difference,
  type FieldSet,
  FieldSetBuilder,
  filterSet,
  hasPath,
  intersection,
  isEmptySet,
  pathsOf,
  recursiveDifference,
  sameSet,
  union,
} from '../../../src/api/patch/field-set.js'
import { decodeFieldsV1, sortFieldSet } from '../../../src/api/patch/fields-v1.js'
import { equalJson } from '../../../src/api/patch/json-patch.js'
import { keepUnchangedTimes } from '../../../src/api/patch/managed-fields.js'
import { parentManagedFields, scaleManagedFields } from '../../../src/api/patch/scale-fields.js'
import { type ApplyResult, serverSideApply } from '../../../src/api/patch/server-side-apply.js'
import { trackUpdate } from '../../../src/api/patch/track-update.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import { noReference, referenceLines } from '../reference.js'

const found = builtinRegistry().findKind({ group: 'apps', version: 'v1', kind: 'Deployment' })
if (found === undefined) throw new Error('Cannot test apply: Deployment is not registered')
const { schema } = found
const second = 1000
const common = { schema, apiVersion: 'apps/v1', resetFields: ['status'] } as const
const deployment = (metadata: Record<string, unknown>, spec?: Record<string, unknown>): KubeObject =>
  ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', ...metadata }, ...(spec ? { spec } : {}) }) as KubeObject
const containers = (...list: object[]) => ({ template: { spec: { containers: list } } })

function apply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  options: { force?: boolean; now?: number; subresource?: string } = {},
): ApplyResult {
  const { force = false, now = second, subresource } = options
  return serverSideApply({
    ...common,
    live,
    applied,
    manager,
    force,
    now,
    subresource,
    ...(subresource === 'status' ? { resetFields: ['spec'] } : {}),
  })
}
function update(old: KubeObject | undefined, updated: KubeObject, manager: string, now = second, subresource?: string): KubeObject {
  const tracked = trackUpdate({
    ...common,
    old,
    updated,
    manager,
    now,
    subresource,
    ...(subresource === 'status' ? { resetFields: ['spec'] } : {}),
  })
  return { ...tracked, metadata: { ...tracked.metadata, uid: 'u' } }
}
const fieldsOf = (object: KubeObject, manager: string, operation?: string) =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager && (operation === undefined || entry.operation === operation))
    ?.fieldsV1
const refusal = (run: () => unknown): ApiError['status'] => {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError) return error.status
    throw error
  }
  throw new Error('nothing was refused')
}

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"a"}', 'k:{"name":"b"}', 'v:1', 'v:"x"', 'i:0')
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
const setOf = (list: readonly (readonly string[])[]): FieldSet => {
  const builder = new FieldSetBuilder()
  for (const path of list) builder.insert(path)
  return builder.set
}
const keys = (set: FieldSet): string[] => [...pathsOf(set)].map((path) => path.join('/')).sort()

t.test('field sets are sets', async (t) => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const [x, y] = [setOf(a), setOf(b)]
      const [p, q] = [new Set(keys(x)), new Set(keys(y))]
      const under = (key: string) => [...q].some((other) => key === other || key.startsWith(`${other}/`))
      const same = (set: FieldSet, wanted: Iterable<string>) => JSON.stringify(keys(set)) === JSON.stringify([...wanted].sort())
      return (
        same(x, new Set(a.map((path) => path.join('/')))) &&
        same(union(x, y), new Set([...p, ...q])) &&
        same(
          intersection(x, y),
          [...p].filter((key) => q.has(key)),
        ) &&
        same(
          difference(x, y),
          [...p].filter((key) => !q.has(key)),
        ) &&
        same(
          recursiveDifference(x, y),
          [...p].filter((key) => !under(key)),
        ) &&
        sameSet(union(x, y), union(y, x)) &&
        isEmptySet(difference(x, x)) &&
        a.every((path) => hasPath(x, path))
      )
    }),
  )
  t.pass()
})

t.test('FieldsV1 is read in any spelling and written in one', async (t) => {
  fc.assert(
    fc.property(paths, (list) => {
      const set = sortFieldSet(setOf(list))
      return sameSet(decodeFieldsV1(JSON.parse(JSON.stringify(set))), set) && decodeFieldsV1(set) === set && sortFieldSet(set) === set
    }),
  )
  t.strictSame(decodeFieldsV1({ 'k:{"b": 2, "a": 1}': { 'f:x': {} }, 'z:?': {} }), { 'k:{"a":1,"b":2}': { 'f:x': {} } })
  t.equal(
    JSON.stringify(sortFieldSet({ 'v:1': {}, 'k:{"p":100}': {}, 'k:{"p":20}': {}, 'f:b': { 'f:c': {}, '.': {} }, 'f:a': {} })),
    '{"f:a":{},"f:b":{".":{},"f:c":{}},"k:{\\"p\\":20}":{},"k:{\\"p\\":100}":{},"v:1":{}}',
  )
  t.throws(() => decodeFieldsV1({ nonsense: {} }), SyntaxError)
  t.strictSame(
    filterSet(
      { 'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:resources': {} } }, 'f:x': {} } },
      { type: 'include', patterns: [['spec', 'containers', '*', 'resources']] },
    ),
    {
      'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:resources': {} } } },
    },
  )
})

t.test('a create makes its writer the manager of all it says, less what identifies the object', async (t) => {
  const created = update(
    undefined,
    deployment(
      { namespace: 'n', labels: { a: '1' } },
      {
        replicas: 1,
        selector: { matchLabels: { a: '1' } },
        ...containers({ name: 'c', image: 'i', ports: [{ containerPort: 80, protocol: 'TCP' }] }),
      },
    ),
    'kubectl',
  )
  t.strictSame(created.metadata.managedFields, [
    {
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: '1970-01-01T00:00:01Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"c"}': {
                  '.': {},
                  'f:image': {},
                  'f:name': {},
                  'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} } },
                },
              },
            },
          },
        },
      },
    },
  ])
})

t.test('an update takes what it changes, and its time moves only then', async (t) => {
  const first = update(undefined, deployment({ labels: { a: '1', b: '1' } }, { replicas: 1 }), 'one', second)
  const other = update(first, { ...first, spec: { replicas: 2 } }, 'two', 2 * second)
  t.strictSame(fieldsOf(other, 'one'), { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {}, 'f:b': {} } } })
  t.strictSame(fieldsOf(other, 'two'), { 'f:spec': { 'f:replicas': {} } })
  const same = update(other, { ...other }, 'two', 3 * second)
  t.strictSame(same.metadata.managedFields, other.metadata.managedFields)
  const fewer = update(other, { ...other, metadata: { ...other.metadata, labels: { a: '1' } } }, 'three', 3 * second)
  t.strictSame(fieldsOf(fewer, 'one'), { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } }, 'what is gone nobody owns')
  t.equal(fieldsOf(fewer, 'three'), undefined)
  t.strictSame(fewer.metadata.managedFields?.find(({ manager }) => manager === 'one')?.time, '1970-01-01T00:00:01Z')
})

t.test('subresources have records of their own, without what they cannot write', async (t) => {
  const created = update(undefined, deployment({}, { replicas: 1 }), 'kubectl')
  const status = update(created, { ...created, spec: { replicas: 9 }, status: { readyReplicas: 1 } }, 'controller', 2 * second, 'status')
  t.match(
    status.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource]),
    [
      ['kubectl', undefined],
      ['controller', 'status'],
    ],
  )
  t.strictSame(fieldsOf(status, 'controller'), { 'f:status': { 'f:readyReplicas': {} } })
  t.strictSame(fieldsOf(status, 'kubectl'), { 'f:spec': { 'f:replicas': {} } }, 'a status write takes nothing of the spec')
  const main = update(created, { ...created, status: { readyReplicas: 5 } }, 'x')
  t.equal(fieldsOf(main, 'x'), undefined)
})

t.test('clients may reset the records, and cannot lose them by accident', async (t) => {
  const created = update(undefined, deployment({ labels: { a: '1' } }, { replicas: 1 }), 'one')
  const sending = (managedFields: KubeObject['metadata']['managedFields']) =>
    update(created, { ...created, metadata: { ...created.metadata, managedFields } }, 'two')
  t.equal(sending([{}]).metadata.managedFields, undefined)
  t.equal(sending([]).metadata.managedFields, undefined)
  t.strictSame(sending(undefined).metadata.managedFields, created.metadata.managedFields)
  t.strictSame(sending([{ manager: 'bad', operation: 'What' }]).metadata.managedFields, created.metadata.managedFields)
  t.strictSame(
    sending([
      { manager: 'me', operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ]).metadata.managedFields?.map(({ manager }) => manager),
    ['me'],
  )
})

t.test('of many updaters the oldest become ancient changes', async (t) => {
  let object = update(undefined, deployment({ labels: { l0: 'x' } }), 'm0', 0)
  for (let i = 1; i <= 12; i++)
    object = update(
      object,
      { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [`l${i}`]: 'x' } } },
      `m${i}`,
      i * second,
    )
  t.equal(object.metadata.managedFields?.length, 10)
  t.strictSame(fieldsOf(object, 'ancient-changes'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:l0': {}, 'f:l1': {}, 'f:l2': {}, 'f:l3': {} } },
  })
})

t.test('applying twice changes nothing, and leaving out removes', async (t) => {
  const config = deployment({ labels: { a: '1' } }, { replicas: 2, ...containers({ name: 'c', image: 'i' }) })
  const first = apply(undefined, config, 'one')
  t.equal(first.changed, true)
  const again = apply(first.object, config, 'one', { now: 9 * second })
  t.equal(again.changed, false)
  t.strictSame(again.object, first.object)
  const less = apply(first.object, deployment({}, containers({ name: 'c' })), 'one')
  t.strictSame(less.object.spec, { template: { spec: { containers: [{ name: 'c' }] } } })
  t.equal(less.object.metadata.labels, undefined)
})

t.test('what others own conflicts unless forced', async (t) => {
  const first = apply(undefined, deployment({}, { replicas: 1, ...containers({ name: 'c', image: 'i:1' }) }), 'one').object
  const one = refusal(() => apply(first, deployment({}, { replicas: 2 }), 'two'))
  t.match(one, { code: 409, reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas' })
  t.strictSame(one.details?.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' }])
  const updated = update(first, { ...first, spec: { ...(first.spec as object), replicas: 3 } }, 'hand', 2 * second)
  const both = refusal(() => apply(updated, deployment({}, { replicas: 2, ...containers({ name: 'c', image: 'i:2' }) }), 'two'))
  t.equal(
    both.message,
    'Apply failed with 2 conflicts: conflicts with "hand" using apps/v1:\n- .spec.replicas\nconflicts with "one":\n- .spec.template.spec.containers[name="c"].image',
  )
  const forced = apply(updated, deployment({}, { replicas: 2 }), 'two', { force: true }).object
  t.equal(fieldsOf(forced, 'hand'), undefined)
  t.strictSame(fieldsOf(forced, 'two'), { 'f:spec': { 'f:replicas': {} } })
  t.equal(apply(updated, deployment({}, { replicas: 3 }), 'two').changed, false, 'to say the same is to share')
})

t.test('what was there before the first apply belongs to before-first-apply', async (t) => {
  const live = { ...deployment({ uid: 'u', labels: { a: '1' } }, { replicas: 1 }) }
  t.match(
    refusal(() => apply(live, deployment({}, { replicas: 2 }), 'one')).message,
    'conflict with "before-first-apply" using apps/v1: .spec.replicas',
  )
  t.equal(update(live, { ...live, spec: { replicas: 5 } }, 'x').metadata.managedFields, undefined, 'until then nobody is tracked')
})

t.test('a configuration that is not of the kind is refused in upstream’s words', async (t) => {
  const broken = (config: object) => refusal(() => apply(undefined, config as KubeObject, 'one'))
  t.match(broken({ ...deployment({}), kind: 'Pod' }), { code: 400, message: 'invalid object type: apps/v1, Kind=Pod' })
  t.match(broken(deployment({ managedFields: [] })), { code: 400, message: 'metadata.managedFields must be nil' })
  const cases: [Record<string, unknown>, string][] = [
    [{ nope: 1 }, '.spec.nope: field not declared in schema'],
    [{ replicas: 'x' }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ paused: 'x' }, '.spec.paused: expected boolean, got &{x}'],
    [{ template: [] }, '.spec.template: expected map, got &{[]}'],
    [
      containers({ name: 'a', image: 5 }),
      '.spec.template.spec.containers[name="a"].image: expected string, got &value.valueUnstructured{Value:5}',
    ],
    [containers({ name: 'a' }, { name: 'a' }), '.spec.template.spec.containers: duplicate entries for key [name="a"]'],
  ]
  for (const [spec, text] of cases)
    t.match(
      broken(deployment({}, spec)),
      { code: 500, message: `failed to create typed patch object (/d; apps/v1, Kind=Deployment): ${text}` },
      text,
    )
})

t.test('kubectl goes on from what it applied from the client’s side', async (t) => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const config = deployment({ annotations: {} }, { replicas: 1 })
  const live = update(
    undefined,
    deployment({ annotations: { [annotation]: `${JSON.stringify(config)}\n` } }, { replicas: 1, paused: true }),
    'kubectl-client-side-apply',
  )
  const applied = apply(live, deployment({}, { replicas: 2 }), 'kubectl').object
  t.equal((applied.spec as { replicas: number }).replicas, 2, 'its own earlier field does not conflict')
  t.equal(
    applied.metadata.annotations?.[annotation],
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2}}\n',
  )
  t.match(
    refusal(() => apply(live, deployment({}, { replicas: 2 }), 'other')).message,
    'conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
  )
  t.match(refusal(() => apply(live, deployment({}, { replicas: 2, paused: false }), 'kubectl')).message, /1 conflict: .*: \.spec\.paused$/)
})

t.test('what has changed since kubectl applied it is no longer kubectl’s', async (t) => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(deployment({}, { replicas: 1 })) }
  const live = update(undefined, deployment({ annotations }, { replicas: 5 }), 'autoscaler')
  t.match(
    refusal(() => apply(live, deployment({}, { replicas: 2 }), 'kubectl')).message,
    'conflict with "autoscaler" using apps/v1: .spec.replicas',
  )
})

t.test('an applied list keeps its order, and what it does not have stays among its neighbours', async (t) => {
  const listed = (names: string) => containers(...[...names].map((name) => ({ name })))
  const merged = (live: string, applied: string) => {
    const first = apply(undefined, deployment({}, listed(live)), 'one').object
    const { object } = apply(first, deployment({}, listed(applied)), 'two')
    return (object.spec as ReturnType<typeof listed>).template.spec.containers.map((each) => (each as { name: string }).name).join('')
  }
  for (const [live, applied, result] of [
    ['abc', 'ca', 'bca'],
    ['abc', 'b', 'abc'],
    ['ab', 'cd', 'abcd'],
    ['abcd', 'dxa', 'bcdxa'],
    ['abc', 'xbc', 'axbc'],
    ['abcde', 'eca', 'bdeca'],
    ['abcd', 'axby', 'axbcdy'],
    ['abcd', 'xayb', 'xaybcd'],
  ] as const)
    t.equal(merged(live, applied), result, `${applied} into ${live}`)
})

t.test('a write that only moves times keeps the old ones', async (t) => {
  const live = apply(undefined, deployment({}, { replicas: 1 }), 'one').object
  const later = {
    ...live,
    metadata: {
      ...live.metadata,
      managedFields: live.metadata.managedFields?.map((entry) => ({ ...entry, time: '2030-01-01T00:00:00Z' })),
    },
  }
  t.strictSame(keepUnchangedTimes(later, live), live)
  const changed = { ...later, spec: { replicas: 2 } }
  t.equal(keepUnchangedTimes(changed, live), changed)
})

t.test('owners of replicas are the same in the Scale', async (t) => {
  const pathsIn = { 'apps/v1': ['spec', 'replicas'] }
  const live = apply(undefined, deployment({ labels: { a: '1' } }, { replicas: 1 }), 'one').object
  const scale = scaleManagedFields(live.metadata.managedFields, pathsIn)
  t.match(scale, [{ manager: 'one', operation: 'Apply', apiVersion: 'autoscaling/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }])
  const taken = [
    {
      manager: 'hpa',
      operation: 'Update',
      apiVersion: 'autoscaling/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      subresource: 'scale',
    },
  ]
  const parent = parentManagedFields({ parent: live.metadata.managedFields, scale: taken, paths: pathsIn, apiVersion: 'apps/v1' })
  t.match(parent, [
    { manager: 'one', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
    { manager: 'hpa', apiVersion: 'apps/v1', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
  ])
  t.strictSame(
    parentManagedFields({ parent: live.metadata.managedFields, scale, paths: pathsIn, apiVersion: 'apps/v1' }),
    live.metadata.managedFields,
  )
})

const container = fc.record(
  {
    image: fc.constantFrom('x', 'y'),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }), {
      selector: ({ name }) => name,
    }),
  },
  { requiredKeys: [] },
)
const configuration = fc
  .record(
    {
      labels: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { noNullPrototype: true }),
      finalizers: fc.uniqueArray(fc.constantFrom('x/a', 'x/b', 'x/c')),
      replicas: fc.nat({ max: 3 }),
      containers: fc.dictionary(fc.constantFrom('p', 'q', 'r'), container, { noNullPrototype: true }),
    },
    { requiredKeys: [] },
  )
  .map(({ labels, finalizers, replicas, containers: list }) =>
    deployment(
      { ...(labels ? { labels } : {}), ...(finalizers ? { finalizers } : {}) },
      {
        ...(replicas === undefined ? {} : { replicas }),
        ...(list ? containers(...Object.entries(list).map(([name, rest]) => ({ name, ...rest }))) : {}),
      },
    ),
  )

t.test('whatever two appliers do, applying again changes nothing and each keeps what only it said', async (t) => {
  fc.assert(
    fc.property(configuration, configuration, configuration, (a, b, c) => {
      const first = apply(undefined, a, 'one').object
      const both = apply(first, b, 'two', { force: true }).object
      const again = apply(both, b, 'two', { force: true, now: 5 * second })
      const third = apply(both, c, 'three', { force: true }).object
      const gone = apply(third, deployment({}), 'three', { force: true }).object
      const kept = (object: KubeObject) => {
        const labels = object.metadata.labels ?? {}
        return Object.entries(a.metadata.labels ?? {}).every(([key, value]) => labels[key] === (b.metadata.labels?.[key] ?? value))
      }
      return !again.changed && equalJson(again.object, both) && kept(both) && fieldsOf(gone, 'three') === undefined
    }),
  )
  t.pass()
})

t.test('an update recorded is an update that can be read back', async (t) => {
  fc.assert(
    fc.property(configuration, configuration, (a, b) => {
      // Of an object nobody owns anything of, nothing is tracked.
      const created = update(undefined, { ...a, metadata: { ...a.metadata, labels: { ...a.metadata.labels, z: '0' } } }, 'one')
      const changed = update(
        created,
        { ...b, metadata: { ...b.metadata, managedFields: created.metadata.managedFields } },
        'two',
        2 * second,
      )
      const owned = (changed.metadata.managedFields ?? []).reduce<FieldSet>((all, entry) => union(all, decodeFieldsV1(entry.fieldsV1)), {})
      const unchanged = update(changed, changed, 'three', 3 * second)
      return (
        equalJson(unchanged, changed) &&
        Object.keys(b.metadata.labels ?? {}).every((key) => hasPath(owned, ['f:metadata', 'f:labels', `f:${key}`]))
      )
    }),
  )
  t.pass()
})

interface Row {
  readonly id: string
  readonly path: string
  readonly body: Record<string, unknown>
  readonly status: number
  readonly response: Record<string, unknown> & { readonly message?: string; readonly metadata?: KubeObject['metadata'] }
}

t.test('recorded applies come out as recorded', { skip: noReference }, async (t) => {
  let live: KubeObject | undefined
  for (const row of referenceLines<Row>('golden-1.26', 'answers.ndjson').filter(({ id }) => id.startsWith('apply/'))) {
    const query = new URLSearchParams(row.path.split('?')[1])
    const manager = query.get('fieldManager') ?? ''
    const run = (): KubeObject =>
      apply(live, row.body as unknown as KubeObject, manager, { force: query.get('force') === 'true', now: 0 }).object
    if (row.status < 300) {
      const times = (object: KubeObject) => object.metadata.managedFields?.map(({ time: _, ...entry }) => entry)
      t.strictSame(times(run()), row.response.metadata?.managedFields, `${row.id}: who manages what`)
      const { managedFields: _, namespace: __, generation: ___, ...metadata } = row.response.metadata ?? { name: '' }
      const { managedFields: _4, namespace: _5, generation: _6, ...mine } = run().metadata
      t.strictSame(mine, metadata, `${row.id}: metadata`)
      live = row.response as unknown as KubeObject
    } else if (row.status === 400 || manager === '') t.pass(`${row.id}: refused before it is applied`)
    else {
      const { status: _, ...status } = row.response
      const { status: __, ...mine } = refusal(run)
      t.strictSame(mine, status, row.id)
    }
  }
})
