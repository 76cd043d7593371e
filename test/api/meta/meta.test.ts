/** The vocabulary of metadata and values: quantities, times, durations, selectors, conditions, owners. */
import fc from 'fast-check'
import t from 'tap'
import { changedConditions, findCondition, removeConditions, setCondition } from '../../../src/api/meta/conditions.js'
import { durationError, formatDuration, parseDuration } from '../../../src/api/meta/duration.js'
import { formatFieldSelector, matchesFields, parseFieldSelector } from '../../../src/api/meta/fields.js'
import { scaledValue } from '../../../src/api/meta/int-or-string.js'
import { formatLabelQuery, labelSelectorQuery, matchesLabels, parseLabelSelector } from '../../../src/api/meta/labels.js'
import { controllerOf, controllerReference, dedupOwners, withOwner } from '../../../src/api/meta/owner-references.js'
import { Quantity } from '../../../src/api/meta/quantity.js'
import { formatMicroTime, formatTime, normalizeTime, parseTime, timeError } from '../../../src/api/meta/time.js'
import { noReference, referenceLines } from '../reference.js'

t.test('a quantity prints in its canonical form', async (t) => {
  const forms: Record<string, string> = {
    '0': '0',
    '1': '1',
    '100m': '100m',
    '0.1': '100m',
    '1.5Gi': '1536Mi',
    '1024Ki': '1Mi',
    '1000m': '1',
    '1500m': '1500m',
    '2000k': '2M',
    '.5': '500m',
    '1e3': '1e3',
    '1E3': '1E3',
    '10E': '10E',
    '0.5Ki': '512',
    '1Ki': '1Ki',
    '3.': '3.',
    '-1500m': '-1500m',
    '0.1n': '1n',
    '1000Ei': '9223372036854775807',
    '05': '05',
    '+5': '+5',
    '12e6': '12e6',
    '1234567890': '1234567890',
  }
  for (const [text, form] of Object.entries(forms)) t.equal(Quantity.parse(text).toString(), form, text)
  t.equal(Quantity.parse(2).toString(), '2', 'a JSON number is a quantity as well')
})

t.test('what is no quantity is refused in upstream’s words', async (t) => {
  const pattern = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
  for (const text of ['', 'abc', '1x', '1..2']) t.throws(() => Quantity.parse(text), { message: pattern }, text)
  for (const text of ['1K', '1mi', '1ee', '--1'])
    t.throws(() => Quantity.parse(text), { message: "unable to parse quantity's suffix" }, text)
  t.equal(Quantity.tryParse('1K'), undefined)
  t.equal(Quantity.tryParse({}), undefined)
})

t.test('quantities are added, compared and rounded exactly', async (t) => {
  const q = (text: string) => Quantity.parse(text)
  t.equal(q('0.1').add(q('0.2')).toString(), '300m')
  t.equal(q('1Gi').sub(q('1Mi')).toString(), '1023Mi')
  t.equal(q('0').add(q('1Gi')).toString(), '1Gi', 'nothing takes the other’s format')
  t.equal(q('1').cmp(q('1000m')), 0)
  t.equal(q('1Ki').cmp(q('1k')), 1)
  t.equal(q('100m').value(), 1n, 'whole units round up')
  t.equal(q('1500m').milliValue(), 1500n)
  t.equal(q('-1500m').value(), -2n)
  t.equal(q('1.5').toNumber(), 1.5)
  t.equal(q('9007199254740993').value(), 9007199254740993n)
})

const quantity = fc
  .tuple(
    fc.integer({ min: -999_999, max: 999_999 }),
    fc.nat({ max: 999 }),
    fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3'),
  )
  .map(([whole, fraction, suffix]) => `${whole}${fraction ? `.${fraction}` : ''}${suffix}`)

t.test('a quantity survives being printed, and adding survives taking away', async (t) => {
  fc.assert(
    fc.property(quantity, quantity, (a, b) => {
      const [x, y] = [Quantity.parse(a), Quantity.parse(b)]
      return Quantity.parse(x.toString()).equals(x) && x.add(y).sub(y).equals(x) && x.add(y).equals(y.add(x)) && x.cmp(y) === -y.cmp(x) + 0
    }),
  )
  t.pass()
})

t.test('times are RFC 3339 in UTC', async (t) => {
  const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
  t.equal(formatTime(ms), '2026-01-02T03:04:05Z')
  t.equal(formatMicroTime(ms + 0.009), '2026-01-02T03:04:05.678009Z')
  t.equal(parseTime('2026-01-02T03:04:05.678Z'), ms)
  t.equal(parseTime('2026-01-02T05:04:05+02:00'), Date.UTC(2026, 0, 2, 3, 4, 5))
  t.equal(normalizeTime('2026-01-02T05:04:05.9+02:00'), '2026-01-02T03:04:05Z')
  for (const bad of ['', '2026-02-30T00:00:00Z', '2026-01-02', '2026-01-02T24:00:00Z', '2026-01-02T03:04:05'])
    t.equal(parseTime(bad), undefined, bad)
  t.equal(timeError('abc'), 'parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"')
  t.equal(timeError('2026-01-02x'), 'parsing time "2026-01-02x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "T"')
})

t.test('durations are Go’s', async (t) => {
  for (const [text, ms] of Object.entries({
    '1h30m0s': 5_400_000,
    '1.5s': 1500,
    '100ms': 100,
    '0': 0,
    '-2m': -120_000,
    '2h45m10s': 9_910_000,
  }))
    t.equal(parseDuration(text), ms, text)
  for (const [ms, text] of [
    [0, '0s'],
    [1500, '1.5s'],
    [5_400_000, '1h30m0s'],
    [0.25, '250µs'],
    [100, '100ms'],
    [90_000, '1m30s'],
    [-1000, '-1s'],
  ] as const)
    t.equal(formatDuration(ms), text)
  t.equal(parseDuration('5'), undefined)
  t.equal(durationError('5'), 'time: missing unit in duration "5"')
  t.equal(durationError('x'), 'time: invalid duration "x"')
  t.equal(durationError('1y'), 'time: unknown unit "y" in duration "1y"')
})

t.test('a percentage is taken of the total and rounded as told', async (t) => {
  t.equal(scaledValue('25%', 10, true), 3)
  t.equal(scaledValue('25%', 10, false), 2)
  t.equal(scaledValue(7, 10, true), 7)
  t.throws(() => scaledValue('7', 10, true), { message: 'invalid value for IntOrString: invalid type: string is not a percentage' })
})

t.test('label selectors select', async (t) => {
  const labels = { app: 'web', tier: 'front', n: '5' }
  const cases: Record<string, boolean> = {
    '': true,
    'app=web': true,
    'app==web,tier=front': true,
    'app!=web': false,
    'x!=y': true,
    'app in (a,web)': true,
    'app notin (web)': false,
    'x notin (a)': true,
    app: true,
    '!app': false,
    '!x': true,
    'n>4': true,
    'n<5': false,
    'x>1': false,
    'app=': false,
    'tier in (back, front), !zone': true,
  }
  for (const [text, selected] of Object.entries(cases)) t.equal(matchesLabels(parseLabelSelector(text), labels), selected, text)
  t.equal(formatLabelQuery(parseLabelSelector('z in (b,a),a, !k ,m!=1')), 'a,!k,m!=1,z in (a,b)')
})

t.test('a label selector that cannot be read is refused in upstream’s words', async (t) => {
  const cases: Record<string, string> = {
    'a=b=c': "found '=', expected: ',' or 'end of string'",
    'a,,b': "found ',', expected: identifier after ','",
    '=a': "found '=', expected: !, identifier, or 'end of string'",
    'a in b': "unable to parse requirement: found 'b' expected: '('",
    'a b': "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    'a in (b': "unable to parse requirement: found '', expected: ',' or ')'",
    'a>b': "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  }
  for (const [text, message] of Object.entries(cases)) t.throws(() => parseLabelSelector(text), { message }, text)
  t.throws(() => parseLabelSelector('a=b_'), {
    message: /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "b_": a valid label must be an empty string or consist of/,
  })
  t.throws(() => parseLabelSelector('-a'), {
    message: /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/,
  })
})

t.test('a LabelSelector object selects nothing when absent and everything when empty', async (t) => {
  t.equal(matchesLabels(labelSelectorQuery(undefined), { a: 'b' }), false)
  t.equal(matchesLabels(labelSelectorQuery({}), { a: 'b' }), true)
  const query = labelSelectorQuery({
    matchLabels: { a: 'b' },
    matchExpressions: [
      { key: 'c', operator: 'NotIn', values: ['d'] },
      { key: 'e', operator: 'DoesNotExist' },
    ],
  })
  t.equal(formatLabelQuery(query), 'a=b,c notin (d),!e')
  t.equal(matchesLabels(query, { a: 'b' }), true)
  t.equal(matchesLabels(query, { a: 'b', e: '' }), false)
  t.throws(() => labelSelectorQuery({ matchExpressions: [{ key: 'c', operator: 'Like' }] }), {
    message: '"Like" is not a valid label selector operator',
  })
})

t.test('field selectors compare, escape and refuse', async (t) => {
  const fields: Record<string, string> = { 'metadata.name': 'x', 'status.phase': 'Running', odd: 'a,b=c\\' }
  const matches = (text: string) => matchesFields(parseFieldSelector(text), (name) => fields[name])
  t.equal(matches('metadata.name=x,status.phase!=Pending'), true)
  t.equal(matches('metadata.name==y'), false)
  t.equal(matches('absent!=1'), true)
  t.equal(matches('odd=a\\,b\\=c\\\\'), true)
  t.throws(() => parseFieldSelector('a'), { message: "invalid selector: 'a'; can't understand 'a'" })
  t.throws(() => parseFieldSelector('a=\\x'), { message: 'invalid field selector: invalid escape sequence: \\x' })
  fc.assert(
    fc.property(fc.string(), (value) =>
      matchesFields(parseFieldSelector(formatFieldSelector([{ field: 'f', value, equal: true }])), () => value),
    ),
  )
})

t.test('a condition’s transition time moves with its status only', async (t) => {
  const ready = { type: 'Ready', status: 'True', reason: 'A', message: '', lastTransitionTime: 't0' }
  const same = setCondition([ready], { type: 'Ready', status: 'True', reason: 'B' }, 't1')
  t.match(findCondition(same, 'Ready'), { reason: 'B', lastTransitionTime: 't0' })
  t.match(findCondition(setCondition([ready], { type: 'Ready', status: 'False' }, 't1'), 'Ready'), {
    status: 'False',
    lastTransitionTime: 't1',
  })
  const list = [ready]
  t.equal(setCondition(list, { ...ready }, 't1'), list, 'nothing new is the same list')
  t.strictSame(removeConditions(list, 'Ready'), [])
  t.strictSame(changedConditions(list, same), ['Ready'])
})

t.test('owners are found, added once and told apart', async (t) => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'r', uid: 'u' } }
  const reference = controllerReference(owner)
  t.equal(controllerOf({ metadata: { ownerReferences: withOwner(undefined, reference) } }), reference)
  t.equal(withOwner([reference], { ...reference, name: 'other' }).length, 1)
  t.match(dedupOwners([reference, { ...reference }, { ...reference, uid: 'v' }]), {
    owners: [reference, { uid: 'v' }],
    repeated: [reference],
  })
})

interface Row {
  readonly id: string
  readonly status: number
  readonly response?: { readonly message?: string }
}

t.test('times and quantities are refused as the recorded server refuses them', { skip: noReference }, async (t) => {
  const rows = referenceLines<Row>('golden-1.26', 'answers.ndjson')
  let seen = 0
  for (const { id, response } of rows) {
    const time = /parsing time "([^"]*)" as "2006-01-02T15:04:05(\.000000)?Z07:00": .*?"$/.exec(response?.message ?? '')
    if (time !== null && time[1] !== undefined && response?.message !== undefined) {
      seen++
      t.ok(response.message.endsWith(timeError(time[1], time[2] ? 'micro' : 'second')), id)
    }
  }
  t.ok(seen > 0, 'there are such rows')
})
