/** A cluster in a test of node:test. Run it with `node --test docs/guides/embed.node-test.mjs`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { createCluster } from 'troupe'

test('a config map can be read back', async () => {
  const cluster = await createCluster({ nodes: 1, runtime: 'sim' })
  try {
    const config = new KubeConfig()
    config.loadFromString(cluster.kubeconfig)
    const core = config.makeApiClient(CoreV1Api)
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'a' }, data: { x: '1' } } })
    const read = await core.readNamespacedConfigMap({ namespace: 'default', name: 'a' })
    assert.equal(read.data?.x, '1')
  } finally {
    await cluster.stop()
  }
})
