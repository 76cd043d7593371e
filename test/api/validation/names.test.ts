/** Names, addresses and metadata: what is refused, and in which words. */
import t from 'tap'
import { builtinRegistry } from '../../../src/api/registry.js'
import { type FieldError, field } from '../../../src/api/validation/field-path.js'
import * as ip from '../../../src/api/validation/ip.js'
import * as names from '../../../src/api/validation/names.js'
import {
  annotationsBytesMax,
  validateFieldManager,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../src/api/validation/object-meta.js'
import { noReference, referenceLines } from '../reference.js'

const say = (errors: readonly FieldError[]): string[] => errors.map(({ field: at, detail }) => `${at}: ${detail}`)

t.test('good names pass and bad ones are named', async (t) => {
  const subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
  t.strictSame(names.isDns1123Subdomain('a.b-c.1'), [])
  t.strictSame(names.isDns1123Subdomain('A_'), [subdomain])
  t.strictSame(names.isDns1123Label('a.b'), ['must not contain dots'])
  t.strictSame(names.isDns1123Label('a'.repeat(64)), ['must be no more than 63 characters'])
  t.strictSame(names.isDns1035Label('1a').length, 1)
  t.strictSame(names.isLabelValue('a'.repeat(64)), ['must be no more than 63 bytes'])
  t.strictSame(names.isLabelValue(''), [])
  t.strictSame(names.isQualifiedName('/a'), ['prefix part must be non-empty'])
  t.match(
    names.isQualifiedName('a/b/c')[0],
    /^a valid label key must consist of .* with an optional DNS subdomain prefix and '\/' \(e\.g\. 'example\.com\/MyName'\)$/,
  )
  t.strictSame(names.isConfigMapKey('..a'), ["must not start with '..'"])
  t.strictSame(names.isPortName('a--b'), ['must not contain consecutive hyphens'])
  t.strictSame(names.isPortName('12345'), ['must contain at least one letter (a-z)'])
  t.strictSame(names.isRelaxedEnvVarName('a b'), [])
  t.strictSame(names.isRelaxedEnvVarName('a=b').length, 1)
  t.strictSame(names.isPathSegmentName('a/b%c'), ["may not contain '/'", "may not contain '%'"])
  t.strictSame(names.isPathSegmentName('..'), ["may not be '..'"])
  t.strictSame(names.nameRules['dns-subdomain']('web-', true), [], 'a generateName may end in a dash')
  t.not(names.nameRules['dns-subdomain']('web-', false).length, 0)
})

t.test('lengths are counted in bytes', async (t) => {
  for (const text of ['', 'abc', 'é', '€', '😀', 'a😀é']) t.equal(names.byteLength(text), new TextEncoder().encode(text).length, text)
})

t.test('addresses are parsed and printed canonically', async (t) => {
  for (const [text, form] of Object.entries({
    '10.0.0.1': '10.0.0.1',
    '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '::': '::',
    '1::': '1::',
    '::ffff:1.2.3.4': '1.2.3.4',
    '0:0:1::': '0:0:1::',
  })) {
    const address = ip.parseIp(text)
    t.equal(address && ip.formatIp(address), form, text)
  }
  for (const text of ['', '1.2.3', '256.1.1.1', '1::2::3', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', 'fe80::1%eth0', '12345::'])
    t.equal(ip.parseIp(text), undefined, text)
  const network = ip.parseCidr('10.1.2.3/20')
  t.equal(network && ip.formatCidr(network), '10.1.0.0/20')
  t.equal(network && ip.cidrContains(network, ip.parseIp('10.1.15.255') as ip.IpAddress), true)
  t.equal(network && ip.cidrContains(network, ip.parseIp('10.1.16.0') as ip.IpAddress), false)
  t.equal(ip.parseCidr('10.0.0.0/33'), undefined)
})

t.test('old fields take addresses that new ones refuse, with a warning', async (t) => {
  const path = field('spec', 'ip')
  t.strictSame(say(ip.validateLegacyIp(path, '010.0.0.1')), [])
  t.strictSame(ip.warningsForIp(path, '010.0.0.1'), ['spec.ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'])
  t.strictSame(say(ip.validateIp(path, '010.0.0.1')), ['spec.ip: Invalid value: "010.0.0.1": must not have leading 0s'])
  t.strictSame(say(ip.validateIp(path, '::FFFF')), ['spec.ip: Invalid value: "::FFFF": must be in canonical form ("::ffff")'])
  t.strictSame(say(ip.validateCidr(path, '10.0.0.1/8')), [
    'spec.ip: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
  ])
  t.strictSame(say(ip.validateLegacyCidr(path, 'x')), [
    'spec.ip: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ])
  t.strictSame(ip.warningsForCidr(path, '10.0.0.1/8'), [
    'spec.ip: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ])
})

t.test('metadata is judged in upstream’s order and words', async (t) => {
  const errors = validateObjectMeta(
    {
      name: 'Bad',
      namespace: 'x.y',
      generation: -1,
      labels: { 'a b': 'c' },
      annotations: { UPPER: 'is fine', 'x/y/z': '' },
      finalizers: ['orphan', 'foregroundDeletion'],
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u', controller: true },
        { apiVersion: '', kind: '', name: '', uid: '', controller: true },
      ],
      managedFields: [{ manager: 'a\nb', operation: 'Delete', fieldsType: 'V2' }],
    },
    { namespaced: true },
  )
  t.strictSame(
    errors.map(({ field: at, reason }) => `${at} ${reason}`),
    [
      'metadata.name FieldValueInvalid',
      'metadata.namespace FieldValueInvalid',
      'metadata.generation FieldValueInvalid',
      'metadata.labels FieldValueInvalid',
      'metadata.annotations FieldValueInvalid',
      'metadata.ownerReferences FieldValueInvalid',
      'metadata.ownerReferences.apiVersion FieldValueInvalid',
      'metadata.ownerReferences.kind FieldValueInvalid',
      'metadata.ownerReferences.name FieldValueInvalid',
      'metadata.ownerReferences.uid FieldValueInvalid',
      'metadata.ownerReferences FieldValueInvalid',
      'metadata.finalizers FieldValueInvalid',
      'metadata.managedFields[0].operation FieldValueInvalid',
      'metadata.managedFields[0].fieldsType FieldValueInvalid',
      'metadata.managedFields[0].manager FieldValueInvalid',
    ],
  )
  t.match(
    say(errors).join('\n'),
    'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u","controller":true}: /v1, Kind=Event is disallowed from being an owner',
  )
  t.strictSame(say(validateObjectMeta({ name: 'a', namespace: 'b' }, { namespaced: false })), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ])
  t.strictSame(say(validateObjectMeta({ name: '' }, { namespaced: true })), [
    'metadata.name: Required value: name or generateName is required',
    'metadata.namespace: Required value',
  ])
  const annotations = { a: 'x'.repeat(annotationsBytesMax) }
  t.strictSame(say(validateObjectMeta({ name: 'a', annotations }, { namespaced: false })), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ])
  t.strictSame(say(validateFieldManager('x'.repeat(129), field('fieldManager'))), [
    'fieldManager: Too long: may not be more than 128 bytes',
  ])
})

t.test('an update may not touch what identifies the object', async (t) => {
  const old = {
    name: 'a',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: '2026-01-01T00:00:00Z',
    deletionTimestamp: '2026-01-02T00:00:00Z',
    finalizers: ['x/y'],
  }
  t.strictSame(validateObjectMetaUpdate({ ...old }, old), [])
  const errors = validateObjectMetaUpdate({ name: 'b', namespace: 'm', uid: 'v', generation: 1, finalizers: ['x/y', 'x/z'] }, old)
  t.strictSame(say(errors), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/z"}',
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 1: must not be decremented',
    'metadata.name: Invalid value: "b": field is immutable',
    'metadata.namespace: Invalid value: "m": field is immutable',
    'metadata.uid: Invalid value: "v": field is immutable',
    'metadata.creationTimestamp: Invalid value: null: field is immutable',
    'metadata.deletionTimestamp: Invalid value: null: field is immutable',
  ])
})

interface Row {
  readonly id: string
  readonly path: string
  readonly body?: { readonly metadata?: Record<string, unknown> | null }
  readonly status: number
  readonly response?: { readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] } }
}

/** Since 1.26, label values have a length in bytes. */
const since = (message: string): string => message.replace('must be no more than 63 characters', 'must be no more than 63 bytes')

t.test('recorded complaints about names and labels are ours', { skip: noReference }, async (t) => {
  const kinds = new Map([...builtinRegistry().kinds()].map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]))
  let [seen, same] = [0, 0]
  for (const row of referenceLines<Row>('golden-1.26', 'answers.ndjson')) {
    if (!row.id.startsWith('create/') || row.status !== 422) continue
    const wanted = (row.response?.details?.causes ?? []).filter(({ field: at }) =>
      /^metadata\.(name|labels|annotations|finalizers)$/.test(at),
    )
    // Rules that a kind adds to its name are the kind's.
    if (wanted.length === 0 || wanted.some(({ message }) => /must be `?spec|invalid DNS label|Duplicate/.test(message))) continue
    const [, group = '', version, plural] = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(?:namespaces\/[^/]+\/)?([^/?]+)/.exec(row.path) ?? []
    const kind = kinds.get(`${group}/${version}/${plural}`)
    if (kind === undefined) continue
    const metadata = { name: '', ...(row.body?.metadata ?? {}), ...(kind.namespaced ? { namespace: 'golden' } : {}) }
    const label =
      /lowercase RFC 1123 label/.test(wanted[0]?.message ?? '') ||
      (wanted[0]?.field === 'metadata.name' && / 63 characters/.test(wanted[0]?.message ?? ''))
    const got = validateObjectMeta(metadata as { name: string }, {
      namespaced: kind.namespaced,
      nameRule: label ? 'dns-label' : 'dns-subdomain',
    })
    seen++
    const texts = got.filter(({ field: at }) => wanted.some((cause) => cause.field === at)).map(({ detail }) => detail)
    const expected = wanted.map(({ field: at, message }) => (at === 'metadata.labels' ? since(message) : message))
    if (JSON.stringify(texts) === JSON.stringify(expected)) same++
    else t.comment(`${row.id}: ${JSON.stringify(expected)} / ${JSON.stringify(texts)}`)
  }
  t.ok(seen > 100, 'there are such rows')
  t.comment(`${same} of ${seen}`)
  t.ok(same >= seen * 0.95)
})
