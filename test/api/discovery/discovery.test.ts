/** Discovery documents against those that Kubernetes publishes, without the versions that are off by default. */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from '../../../src/api/discovery/documents.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import { noReference, reference, referenceJson } from '../reference.js'

const registry = builtinRegistry()
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

interface Versioned {
  versions: { version: string }[]
}
const isOn = ({ version }: { version: string }): boolean => /^v\d+$/.test(version)
const served = <T extends Versioned>(groups: T[]): T[] =>
  groups.map((group) => ({ ...group, versions: group.versions.filter(isOn) })).filter(({ versions }) => versions.length > 0)

t.test('every discovery document is the published one', { skip: noReference }, async (t) => {
  const read = <T>(file: string): T => referenceJson<T>('k8s-1.36', 'discovery', file)
  t.strictSame(json(apiVersions(registry, '10.10.10.10:8050')), read('api.json'))
  const apis = read<{ groups: Versioned[] }>('apis.json')
  t.strictSame(json(apiGroupList(registry)), { ...apis, groups: served(apis.groups) })
  const aggregated = read<{ items: Versioned[] }>('aggregated_v2.json')
  t.strictSame(json(aggregatedDiscovery(registry, 'apis')), { ...aggregated, items: served(aggregated.items) })
  let lists = 0
  for (const file of readdirSync(reference('k8s-1.36', 'discovery') ?? '')) {
    const m = /^(apis?)__([^_]+)(?:__(.+))?\.json$/.exec(file)
    if (!m) continue
    const [, root, first = '', version] = m
    if (root === 'apis' && version === undefined) {
      const [group] = served([read<Versioned>(file)])
      t.strictSame(apiGroup(registry, first), group, file)
    } else if (isOn({ version: version ?? first })) {
      lists++
      t.strictSame(json(apiResourceList(registry, root === 'api' ? '' : first, version ?? first)), read(file), file)
    }
  }
  t.equal(lists, 22)
})

t.test('what is not served has no document', async (t) => {
  t.equal(apiGroup(registry, 'example.com'), undefined)
  t.equal(apiResourceList(registry, 'apps', 'v2'), undefined)
  t.match(aggregatedDiscovery(registry, 'api'), { items: [{ metadata: {}, versions: [{ version: 'v1', freshness: 'Current' }] }] })
})
