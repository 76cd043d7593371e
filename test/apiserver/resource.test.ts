/** Reads, writes and watches of the API server's back half. */
import t from 'tap'
import { createResourceWorld, patchHeaders } from '../support/resource-world.js'

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data })

t.test('an object is created, read, listed, changed and deleted', async (t) => {
  const world = await createResourceWorld()
  const made = await world.must(201, 'POST', configMaps, configMap('a', { k: 'v' }))
  t.match(made, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default', uid: /^[0-9a-f-]{36}$/, creationTimestamp: '2026-01-01T00:00:00Z' }, data: { k: 'v' } })
  t.same(await world.must(200, 'GET', `${configMaps}/a`), made)
  const list = await world.must(200, 'GET', configMaps)
  t.same(list.items.map((item: any) => item.metadata.name), ['a'])
  const changed = await world.must(200, 'PUT', `${configMaps}/a`, { ...made, data: { k: 'w' } })
  t.ok(Number(changed.metadata.resourceVersion) > Number(made.metadata.resourceVersion))
  const status = await world.must(200, 'DELETE', `${configMaps}/a`)
  t.match(status, { kind: 'Status', status: 'Success', details: { name: 'a', kind: 'configmaps', uid: made.metadata.uid } })
  t.match(await world.ask('GET', `${configMaps}/a`), { code: 404, body: { message: 'configmaps "a" not found', reason: 'NotFound', details: { name: 'a', kind: 'configmaps' } } })
  t.same(world.crashes, [])
})
