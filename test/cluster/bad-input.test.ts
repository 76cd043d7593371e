/** What a client must not send, and that it changes nothing. Texts and codes are Kubernetes' own. */
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { createPki } from '../../src/cluster/drivers/pki.js'
import { type Answer, apiOf, startCluster, until } from '../support/cluster.js'

t.setTimeout(290_000)

const configMaps = '/api/v1/namespaces/default/configmaps'
const json = { 'content-type': 'application/json' }
const yaml = { 'content-type': 'application/yaml' }
const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' }

t.test('bad input', async (t) => {
  const cluster = await startCluster(t, { nodes: 1, runtime: 'sim' })
  const api = apiOf(cluster.kubeconfig)
  t.teardown(async () => api.close())
  const post = (body: unknown, headers: Record<string, string> = json, query = '') => api.request('POST', configMaps + query, body, headers)
  const everything = async () => {
    const lists = [
      '/api/v1/namespaces',
      '/api/v1/configmaps',
      '/api/v1/pods',
      '/api/v1/services',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ]
    return Promise.all(lists.map(async (path) => (await api.request('GET', path)).body.items))
  }
  const made = await post({ metadata: { name: 'there' }, data: { a: '1' } })
  t.equal(made.status, 201)
  await until('what the cluster makes by itself in every namespace is there', async () => {
    const [namespaces = [], made = []] = (await everything()) as { metadata: { name: string } }[][]
    return namespaces.length >= 4 && made.filter(({ metadata }) => metadata.name === 'kube-root-ca.crt').length === namespaces.length
  })
  const before = await everything()
  type Refused = (answer: Answer, status: number, reason: string, message: RegExp, name: string) => void
  const refusing =
    (t: Test): Refused =>
    (answer, status, reason, message, name) =>
      void t.match(answer, { status, body: { kind: 'Status', status: 'Failure', code: status, reason, message } }, name)

  await t.test('bodies that cannot be read', async (t) => {
    const refused = refusing(t)
    const bad = (answer: Answer, name: string, message = /./) => refused(answer, 400, 'BadRequest', message, name)
    bad(await post(''), 'nothing')
    bad(await post('{"metadata": {"name": "x"'), 'JSON cut short')
    bad(await post('{"metadata": {"name": "x"},}'), 'JSON with a comma too many')
    bad(await post('[]'), 'an array')
    bad(await post('"text"'), 'a string')
    bad(await post(Buffer.from([0xff, 0xfe, 0x00])), 'bytes that are no text')
    bad(await post('a: [1, 2\nb: }', yaml), 'YAML that does not parse')
    bad(await post('metadata: &a\n  name: *b\n', yaml), 'YAML with an alias of nothing')
    bad(await post(Buffer.from('k8s\0\n\x10A', 'latin1'), protobuf), 'a protobuf envelope cut short', /unexpected EOF/)
    bad(await post(Buffer.from('k8s\0\x12\x03\n\x10A', 'latin1'), protobuf), 'a protobuf object cut short', /unexpected EOF/)
    bad(await post(Buffer.from('not protobuf'), protobuf), 'protobuf without its prefix')
    bad(await post(Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(64, 0xff)]), protobuf), 'protobuf of nonsense', /proto: /)
    bad(await post({ metadata: { name: 'x' }, data: { a: 1 } }), 'a number where text must be', /cannot unmarshal number into Go/)
    bad(await post({ metadata: [] }), 'an array where an object must be')
    bad(
      await post({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
      'another kind',
      /Secret in version "v1" cannot be handled as a ConfigMap/,
    )
    const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n')}\n`
    bad(await post(bomb, yaml), 'YAML that grows without end')
    const deep = (depth: number) => `{"metadata":{"name":"x"},"data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
    bad(await post(deep(100_000)), 'JSON nested too deep')
    bad(await post('['.repeat(500_000)), 'brackets without end')
    bad(await post(`{"metadata":{"name":"x"},"data":${'['.repeat(50_000)}`, yaml), 'YAML nested too deep')
  })

  await t.test('content types', async (t) => {
    const refused = refusing(t)
    refused(await post('x', { 'content-type': 'text/plain' }), 415, 'UnsupportedMediaType', /.*/, 'text')
    refused(await post('x', { 'content-type': 'application/xml' }), 415, 'UnsupportedMediaType', /.*/, 'XML')
    const patched = await api.request('PATCH', `${configMaps}/there`, {}, json)
    refused(
      patched,
      415,
      'UnsupportedMediaType',
      /the body of the request was in an unknown format - accepted media types include/,
      'a patch as JSON',
    )
    t.equal((await api.request('GET', configMaps, undefined, { accept: 'application/xml' })).status, 406, 'an answer as XML')
  })

  await t.test('fields that are unknown or given twice', async (t) => {
    const refused = refusing(t)
    const text = '{"metadata":{"name":"fields","name":"fields"},"data":{},"nonsense":1}'
    const strict = await post(text, json, '?fieldValidation=Strict&dryRun=All')
    refused(strict, 400, 'BadRequest', /strict decoding error: .*unknown field "nonsense"/, 'Strict')
    t.match(strict.body.message, /duplicate field "metadata.name"/)
    const warned = await post(text, json, '?fieldValidation=Warn&dryRun=All')
    t.equal(warned.status, 201)
    t.match(String(warned.headers['warning']), /299 - "unknown field \\"nonsense\\""/)
    t.match(String(warned.headers['warning']), /299 - "duplicate field \\"metadata.name\\""/)
    const ignored = await post(text, json, '?fieldValidation=Ignore&dryRun=All')
    t.match(ignored, { status: 201, headers: { warning: undefined } })
    t.notOk('nonsense' in ignored.body, 'and the field is dropped')
    refused(await post(text, json, '?fieldValidation=Perhaps'), 422, 'Invalid', /fieldValidation: Unsupported value: "Perhaps"/, 'neither')
  })

  await t.test('bodies over 3 MiB', async (t) => {
    const refused = refusing(t)
    const big = JSON.stringify({ metadata: { name: 'big' }, data: { a: 'x'.repeat(3 * 1024 * 1024) } })
    refused(await post(big), 413, 'RequestEntityTooLarge', /limit is 3145728/, 'told by its length')
    refused(await post(big, { ...json, 'transfer-encoding': 'chunked' }), 413, 'RequestEntityTooLarge', /limit is 3145728/, 'in chunks')
    const over = { metadata: { name: 'over' }, data: { a: 'x'.repeat(1024 * 1024 + 1) } }
    refused(await post(over), 422, 'Invalid', /Too long: may not be more than 1048576 bytes/, 'a ConfigMap over its own limit')
  })

  await t.test('names', async (t) => {
    const refused = refusing(t)
    for (const name of ['Upper', 'under_score', '-dash', 'dash-', 'a..b', 'a/b', 'a b', 'ü', 'x'.repeat(254)])
      refused(await post({ metadata: { name } }), 422, 'Invalid', /metadata.name: Invalid value: /, `a name: ${name.slice(0, 20)}`)
    refused(await post({}), 422, 'Invalid', /name or generateName is required/, 'no name')
    refused(
      await post({ metadata: { name: 'x', namespace: 'other' } }),
      400,
      'BadRequest',
      /namespace of the provided object does not match/,
      'elsewhere',
    )
    refused(
      await post({ metadata: { name: 'x', labels: { 'a b': 'c' } } }),
      422,
      'Invalid',
      /metadata.labels: Invalid value: "a b"/,
      'a label',
    )
    refused(await post({ metadata: { name: 'x' }, data: { 'a/b': '1' } }), 422, 'Invalid', /data\[a\/b\]: Invalid value/, 'a key')
    const lost = await api.request('POST', '/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'x' } })
    refused(lost, 404, 'NotFound', /namespaces "nowhere" not found/, 'a namespace that is not there')
    refused(await post({ metadata: { name: 'there' } }), 409, 'AlreadyExists', /configmaps "there" already exists/, 'a name that is taken')
  })

  await t.test('queries and paths', async (t) => {
    const refused = refusing(t)
    const list = (query: string) => api.request('GET', `${configMaps}?${query}`)
    refused(await list('labelSelector=a%3D%3D%3Db'), 400, 'BadRequest', /unable to parse requirement|found/, 'a label selector')
    refused(await list('labelSelector=a%20in%20(b'), 400, 'BadRequest', /./, 'a set without its end')
    refused(await list('fieldSelector=spec.nonsense%3D1'), 400, 'BadRequest', /field label not supported/, 'a field nobody selects by')
    refused(await list('fieldSelector=nonsense'), 400, 'BadRequest', /invalid selector/, 'a field selector')
    refused(await list('limit=many'), 400, 'BadRequest', /./, 'a limit that is no number')
    refused(await list('continue=nonsense'), 400, 'BadRequest', /continue key is not valid/, 'a continue token')
    // Kubernetes answers these with 500 and no reason, and so does Troupe.
    for (const query of ['resourceVersion=nonsense', 'watch=1&resourceVersion=nonsense'])
      t.match(await list(query), { status: 500, body: { message: /resourceVersion: Invalid value: "nonsense": strconv.ParseUint/ } }, query)
    t.match(await api.request('GET', '/apis/none.example.com/v1/things'), { status: 404, text: '404 page not found' }, 'no such group')
    const noResource = await api.request('GET', '/api/v1/things')
    refused(noResource, 404, 'NotFound', /could not find the requested resource/, 'no such resource')
    refused(await api.request('PUT', configMaps, {}), 405, 'MethodNotAllowed', /does not allow this method/, 'a method')
    t.equal((await api.request('GET', '/api/v1/%zz')).status, 400, 'a path that cannot be decoded')
    t.equal((await api.request('GET', '/api/v1/namespaces/..%2f..%2fsecrets')).status, 404, 'a path that climbs')
  })

  await t.test('writes that come too late', async (t) => {
    const refused = refusing(t)
    const path = `${configMaps}/there`
    const { metadata } = made.body
    const stale = { metadata: { ...metadata, resourceVersion: '1' }, data: { a: '2' } }
    refused(
      await api.request('PUT', path, stale),
      409,
      'Conflict',
      /the object has been modified; please apply your changes to the latest version/,
      'an old version',
    )
    const otherUid = { metadata: { name: 'there', uid: 'f'.repeat(36) }, data: {} }
    refused(
      await api.request('PUT', path, otherUid),
      409,
      'Conflict',
      /Precondition failed: UID in precondition/,
      'another object of this name',
    )
    const wrongName = { metadata: { name: 'here' } }
    refused(await api.request('PUT', path, wrongName), 400, 'BadRequest', /does not match the name on the URL/, 'another name')
    const options = { preconditions: { resourceVersion: '1' } }
    refused(
      await api.request('DELETE', path, options),
      409,
      'Conflict',
      /the ResourceVersion in the precondition \(1\) does not match/,
      'a delete of an old version',
    )
    const merge = { 'content-type': 'application/merge-patch+json' }
    const patch = { metadata: { resourceVersion: '1' }, data: { a: '2' } }
    refused(await api.request('PATCH', path, patch, merge), 409, 'Conflict', /the object has been modified/, 'a patch of an old version')
    const jsonPatch = { 'content-type': 'application/json-patch+json' }
    const test = [{ op: 'test', path: '/data/a', value: 'other' }]
    refused(await api.request('PATCH', path, test, jsonPatch), 422, 'Invalid', /.*/, 'a test that fails')
  })

  await t.test('credentials', async (t) => {
    const refused = refusing(t)
    const { ca } = api.tls
    const anonymous = ca === undefined ? {} : { ca }
    const as = (authorization: string) => api.request('GET', configMaps, undefined, { authorization }, anonymous)
    for (const token of ['Bearer nonsense', 'Bearer a.b.c', `Bearer ${'x'.repeat(10_000)}`])
      refused(await as(token), 401, 'Unauthorized', /^Unauthorized$/, token.slice(0, 20))
    const nobody = await api.request('GET', configMaps, undefined, {}, anonymous)
    refused(nobody, 403, 'Forbidden', /User "system:anonymous" cannot list resource "configmaps"/, 'nobody')
    const foreign = createPki({ clusterName: 'foreign', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
    const stranger = { ...anonymous, cert: foreign.adminCertificate, key: foreign.adminKey }
    const answer = await api.request('GET', configMaps, undefined, {}, stranger).catch((error: Error) => error)
    t.ok(answer instanceof Error || answer.status === 401, 'a certificate of another CA is not let in')
    await t.rejects(
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(api.server)
        connect({ host: hostname, port: Number(port), maxVersion: 'TLSv1.1', minVersion: 'TLSv1', rejectUnauthorized: false })
          .once('secureConnect', resolve)
          .once('error', reject)
      }),
      'TLS 1.1 is not spoken',
    )
  })

  await t.test('and the cluster is as it was', async (t) => {
    t.same(await everything(), before)
    t.equal(cluster.state, 'running')
    const restarts = (await cluster.actors()).filter(({ restarts }) => restarts > 0).map(({ name, lastExit }) => `${name}: ${lastExit}`)
    t.same(restarts, [], 'nobody died of it')
  })
})
