/** The tree of a cluster from its settings: what is decided there reaches the actors in words that they read. */
import t from 'tap'
import { resolveOptions } from '../../src/cluster/options.js'
import type { Pki } from '../../src/cluster/pki.js'
import { topology } from '../../src/cluster/topology.js'
import type { ChildSpec, WorkerSpec } from '../../src/kernel/supervision/child-spec.js'
import { replicaSettings, type StoreReplicaConfig } from '../../src/store/config.js'

const pki: Pki = {
  caCertificate: '',
  caKey: '',
  serverCertificate: '',
  serverKey: '',
  adminCertificate: '',
  adminKey: '',
  serviceAccountKey: '',
}

const workers = (child: ChildSpec): WorkerSpec[] => (child.type === 'worker' ? [child] : child.children.flatMap(workers))

const replicas = (raftProfile: 'default' | 'fast'): StoreReplicaConfig[] =>
  workers(topology(resolveOptions({ raftProfile, runtime: 'sim' }), { directory: '/d', pki, port: 0, runtimeSocket: '' }))
    .filter(({ start }) => start.role === 'store-replica')
    .map(({ start }) => start.config as StoreReplicaConfig)

t.test("a profile of Raft decides the replicas' ticks", async (t) => {
  for (const [profile, tickMs] of [
    ['default', 50],
    ['fast', 10],
  ] as const) {
    const settings = replicas(profile).map(replicaSettings)
    t.equal(settings.length, 3)
    for (const found of settings) t.match(found, { tickMs, electionTicks: 10 }, profile)
  }
})
