/**
 * The kinds against recorded answers of kube-apiserver 1.26: every object it created, as this API makes it, differs only
 * where 1.36 differs from 1.26 or where admission and allocation, which are not the kinds' business, had a hand in it.
 */
import t from 'tap'
import { noReference, referenceLines } from '../reference.js'
import { created, decoded, differences, kindOf, type Recorded, registry, tried, wire } from './golden.js'

interface Excuse {
  readonly id: RegExp
  readonly path: RegExp
  readonly why: string
}

/** What 1.36 does that 1.26 did not. */
const newer: readonly Excuse[] = [
  { id: /\/Pod\//, path: /^metadata\.generation$/, why: 'Pods have a generation since 1.33' },
  { id: /\/Pod\//, path: /minDomains$/, why: 'minDomains is kept since 1.27' },
  { id: /\/PersistentVolume\//, path: /^status\.lastPhaseTransitionTime$/, why: 'the time of the last phase is kept since 1.29' },
  { id: /\/StatefulSet\//, path: /persistentVolumeClaimRetentionPolicy/, why: 'the retention policy is kept since 1.27' },
  { id: /\/Job\//, path: /controller-uid|job-name/, why: 'generated labels have a prefix since 1.27, and the uid is the request’s' },
  { id: /\/Job\//, path: /job-tracking$|^metadata\.annotations$/, why: 'the annotation of tracking by finalizers is gone since 1.27' },
  { id: /\/Job\//, path: /podFailurePolicy\.rules\.\d\.on/, why: 'empty members are left out since 1.27' },
  { id: /\/Job\//, path: /manualSelector$|podReplacementPolicy$/, why: 'defaulted since 1.29' },
  { id: /\/v2\/HorizontalPodAutoscaler\//, path: /^spec\.metrics/, why: '1.26 stored v1, which puts the CPU last' },
  { id: /\/PodDisruptionBudget\//, path: /unhealthyPodEvictionPolicy$/, why: 'kept since 1.27' },
  { id: /\/NetworkPolicy\//, path: /^status$/, why: 'NetworkPolicies have no status since 1.28' },
  { id: /\/CSIDriver\//, path: /seLinuxMount$/, why: 'defaulted since 1.27' },
]
/** What others than the kinds add. */
const elsewhere: readonly Excuse[] = [
  { id: /\/Node\//, path: /^spec\.taints/, why: 'admission TaintNodesByCondition' },
  {
    id: /\/Pod\//,
    path: /serviceAccount|tolerations|priority$|preemptionPolicy$/,
    why: 'admission ServiceAccount, DefaultTolerationSeconds, Priority',
  },
  { id: /\/Service\//, path: /clusterIPs?$|ipFamil/, why: 'allocation of addresses' },
  { id: /\/PersistentVolume/, path: /^metadata\.finalizers$/, why: 'admission StorageObjectInUseProtection' },
  { id: /\/CertificateSigningRequest\//, path: /spec\.(username|groups)/, why: 'admission tells who asks' },
]

t.test('objects come out of a create as kube-apiserver made them', { skip: noReference }, (t) => {
  const counts = { agree: 0, newer: 0, elsewhere: 0, wrong: 0 }
  const used = new Set<Excuse>()
  for (const row of referenceLines<Recorded>('golden-1.26', 'answers.ndjson')) {
    if (!row.id.startsWith('create/') || row.status !== 201 || !row.response || !row.body) continue
    const kind = kindOf(row.body)
    // Beta versions that 1.36 does not serve.
    if (!kind) continue
    const different = differences(row.response, wire(kind, created(kind, row.body)))
    const excused = different.map(({ path }) => [...newer, ...elsewhere].find((one) => one.id.test(row.id) && one.path.test(path)))
    for (const excuse of excused) if (excuse) used.add(excuse)
    const unexplained = different.filter((_, i) => !excused[i]).map(({ text }) => text)
    t.strictSame(unexplained, [], row.id)
    if (unexplained.length > 0) counts.wrong++
    else if (excused.some((excuse) => excuse && newer.includes(excuse))) counts.newer++
    else if (excused.length > 0) counts.elsewhere++
    else counts.agree++
  }
  t.comment(
    `${counts.agree} agree, ${counts.elsewhere} but for admission and allocation, ${counts.newer} but for what is newer, ${counts.wrong} do not`,
  )
  for (const { why } of used) t.comment(`excused: ${why}`)
  t.ok(counts.agree + counts.elsewhere + counts.newer >= 50, 'most kinds were compared')
  t.strictSame(
    [...newer, ...elsewhere].filter((one) => !used.has(one)).map(({ why }) => why),
    [],
    'no excuse is without use',
  )
  t.end()
})

t.test('an object that was read is not changed by its defaults, nor by being put back', { skip: noReference }, (t) => {
  let compared = 0
  for (const row of referenceLines<Recorded>('golden-1.26', 'answers.ndjson')) {
    if (!/^update\/.*\/from$/.test(row.id) || !row.response) continue
    const kind = kindOf(row.response as unknown as { apiVersion: string; kind: string })
    if (!kind) continue
    const old = decoded(kind, row.response)
    kind.strategy.applyDefaults?.(old)
    const object = structuredClone(old)
    kind.strategy.applyDefaults?.(object)
    kind.strategy.prepareForUpdate?.(object, old, { now: 0, uid: () => 'uid' })
    t.strictSame(differences(wire(kind, old), wire(kind, object)), [], `${row.id} twice`)
    const excused = differences(row.response, wire(kind, old)).filter(
      ({ path }) => !newer.some((one) => one.id.test(`${row.id.replace('/from', '')}/`) && one.path.test(path)),
    )
    t.strictSame(
      excused.map(({ text }) => text),
      [],
      row.id,
    )
    compared++
  }
  t.ok(compared >= 50, `${compared} objects`)
  t.end()
})

t.test('no body that can be decoded breaks a strategy', { skip: noReference }, (t) => {
  let bodies = 0
  for (const row of referenceLines<Recorded>('golden-1.26', 'answers.ndjson')) {
    if (!/^(create|update)\//.test(row.id) || typeof row.body !== 'object' || !row.body) continue
    const kind = kindOf(row.body)
    const object = kind && tried(() => decoded(kind, row.body))
    if (!kind || !object) continue
    bodies++
    const failure = brokenBy(kind, object)
    if (failure) t.fail(`${row.id}: ${failure}`)
  }
  t.ok(bodies > 2000, `${bodies} bodies`)
  t.end()
})

t.test('no kind breaks on an object that has nothing, and every row fits its columns', (t) => {
  for (const kind of registry.kinds()) {
    const { group, version } = kind
    const body = { apiVersion: group ? `${group}/${version}` : version, kind: kind.kind, metadata: { name: 'a' } }
    const object = decoded(kind, body)
    t.equal(brokenBy(kind, object), undefined, kind.kind)
    const { columns, row } = kind.strategy
    if (columns || row) t.equal(row?.(object, 0).length, columns?.length, `a row of ${kind.kind}`)
  }
  t.end()
})

/** What one of the strategy's functions throws, if any does. */
function brokenBy(kind: Parameters<typeof created>[0], object: ReturnType<typeof decoded>): string | undefined {
  const { strategy } = kind
  const context = { now: 0, uid: () => 'uid' }
  try {
    strategy.applyDefaults?.(object)
    strategy.prepareForCreate?.(object, context)
    const old = structuredClone(object)
    strategy.prepareForUpdate?.(object, old, context)
    strategy.prepareForStatusUpdate?.(object, old, context)
    strategy.warnings?.(object)
    strategy.row?.(object, 0)
    strategy.gracePeriodSeconds?.(object, undefined)
    for (const read of Object.values(strategy.selectableFields ?? {}))
      if (typeof read(object) !== 'string') return 'a field that is no text'
    return undefined
  } catch (error) {
    return (error as Error).stack
  }
}
