/** Kinds, lookups, order, storage, and kinds that come and go. */
import t from 'tap'
import type { Kind } from '../../../src/api/kind.js'
import { builtinRegistry, compareVersions } from '../../../src/api/registry.js'

t.test('the built-in registry serves what 1.36 serves by default', async (t) => {
  const registry = builtinRegistry()
  t.equal([...registry.kinds()].length, 68)
  t.same(registry.groups().slice(0, 4), [
    { group: '', versions: ['v1'] },
    { group: 'apiregistration.k8s.io', versions: ['v1'] },
    { group: 'apps', versions: ['v1'] },
    { group: 'events.k8s.io', versions: ['v1'] },
  ])
  t.equal(registry.preferredVersion('autoscaling'), 'v2')
  t.ok(registry.findKind({ group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingAdmissionPolicy' }))
  t.notOk(registry.serves({ group: 'resource.k8s.io', version: 'v1beta1' }))
})

t.test('objects lie where etcd has them', async (t) => {
  const registry = builtinRegistry()
  const storage = (group: string, resource: string, version = 'v1'): unknown => {
    const kind = registry.findResource({ group, version, resource })
    return kind && [kind.storage, kind.storedAs]
  }
  const core = { group: '', version: 'v1' }
  t.same(storage('', 'pods'), ['pods', core])
  t.same(storage('', 'services'), ['services/specs', core])
  t.same(storage('', 'endpoints'), ['services/endpoints', core])
  t.same(storage('', 'nodes'), ['minions', core])
  t.same(storage('', 'replicationcontrollers'), ['controllers', core])
  t.same(storage('events.k8s.io', 'events'), ['events', core])
  t.same(storage('networking.k8s.io', 'ingresses'), ['ingress', { group: 'networking.k8s.io', version: 'v1' }])
  t.same(storage('autoscaling', 'horizontalpodautoscalers'), ['horizontalpodautoscalers', { group: 'autoscaling', version: 'v2' }])
})

t.test('bodies that are no resources have schemas', async (t) => {
  const registry = builtinRegistry()
  for (const [group, version, kind] of [
    ['', 'v1', 'DeleteOptions'],
    ['apps', 'v1', 'DeleteOptions'],
    ['', 'v1', 'Binding'],
    ['policy', 'v1', 'Eviction'],
    ['autoscaling', 'v1', 'Scale'],
    ['authentication.k8s.io', 'v1', 'TokenRequest'],
    ['', 'v1', 'PodList'],
    ['', 'v1', 'Status'],
  ] as const)
    t.ok(registry.schemaOf({ group, version, kind }), kind)
})

t.test('kinds are added and removed at run time, and registries share nothing', async (t) => {
  const registry = builtinRegistry()
  const pod = registry.findKind({ group: '', version: 'v1', kind: 'Pod' }) as Kind
  const widget = (version: string): Kind => ({ ...pod, group: 'example.com', version, kind: 'Widget', plural: 'widgets' })
  for (const version of ['v1alpha1', 'v2', 'v1', 'v1beta1']) registry.add(widget(version), compareVersions)
  t.same(registry.groups().at(-1), { group: 'example.com', versions: ['v2', 'v1', 'v1beta1', 'v1alpha1'] })
  t.equal(registry.findResource({ group: 'example.com', version: 'v1', resource: 'widgets' })?.kind, 'Widget')
  registry.add({ ...widget('v1'), plural: 'gadgets' })
  t.notOk(
    registry.findResource({ group: 'example.com', version: 'v1', resource: 'widgets' }),
    'a kind that is replaced gives up its resource',
  )
  for (const version of ['v1alpha1', 'v2', 'v1', 'v1beta1']) registry.remove(widget(version))
  t.equal(registry.preferredVersion('example.com'), undefined)
  t.equal([...registry.kinds()].length, [...builtinRegistry().kinds()].length)
})

t.test('versions are ordered as kube-aware clients expect', async (t) => {
  const versions = ['foo', 'v1alpha1', 'v10', 'v2beta1', 'v2', 'v1', 'bar', 'v2beta10', 'v3alpha2']
  t.same(versions.sort(compareVersions), ['v10', 'v2', 'v1', 'v2beta10', 'v2beta1', 'v3alpha2', 'v1alpha1', 'bar', 'foo'])
})
