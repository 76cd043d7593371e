/**
 * The back half over three real store replicas on the simulated stage, while replicas are killed and restarted: what was
 * acknowledged is there, nothing was done twice, and a watch tells all of it in order.
 */
import t from 'tap'
import { ApiError } from '../../src/api/meta/status.js'
import { builtinRegistry } from '../../src/api/registry.js'
import type { Answer, ApiCall } from '../../src/apiserver/request.js'
import { createResources } from '../../src/apiserver/resource/resources.js'
import { requestInfo, resolve } from '../../src/apiserver/router.js'
import { sleep } from '../../src/base/clock.js'
import { createRandom } from '../../src/base/random.js'
import type { Loose } from '../support/resource-world.js'
import { type StoreWorld, storeWorld } from '../support/store-world.js'

const configMaps = '/api/v1/namespaces/default/configmaps'
const registry = builtinRegistry()

function client({ context, client: store }: StoreWorld) {
  const resources = createResources({ context, store, registry, settings: { freeze: true } })
  const call = (method: string, url: string, body?: unknown, signal = new AbortController().signal): ApiCall => {
    const [path = '', text = ''] = url.split('?')
    const query = new URLSearchParams(text)
    const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body))
    const target = resolve(requestInfo(method, path, query), method, registry)
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
    const user = { name: 'system:admin', groups: ['system:masters'] }
    return { target, method, path, query, headers, body: bytes, user, signal, warnings: [], upgradable: false }
  }
  return {
    resources,
    open: (url: string) => resources.handler(call('GET', url)),
    async ask(method: string, url: string, body?: unknown): Promise<{ code: number; body: Loose }> {
      try {
        const answer: Answer = await resources.handler(call(method, url, body))
        if (answer.type === 'object') return { code: answer.code, body: JSON.parse(answer.served.json()) }
        if (answer.type === 'list') return { code: 200, body: answer.items.map((item) => JSON.parse(item.json())) }
        return { code: 200, body: undefined }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return { code: error.status.code ?? 0, body: error.status }
      }
    },
  }
}

for (const seed of [1, 2, 3])
  t.test(`writers lose nothing while replicas die (seed ${seed})`, async (t) => {
    const { result } = await storeWorld({ seed, virtualMs: 1_200_000 }, async (world) => {
      const { resources, ask, open } = client(world)
      await resources.start()
      const made = await ask('POST', configMaps, { metadata: { name: 'counter' }, data: { n: '0' } })
      const watched: [string, string][] = []
      const answer = await open(`${configMaps}?watch=1&resourceVersion=${made.body.metadata.resourceVersion}`)
      if (answer.type === 'watch')
        void (async () => {
          for await (const batch of answer.events)
            for (const { type, served } of batch) watched.push([type, served.object.metadata.resourceVersion ?? ''])
        })()
      let running = true
      const chaos = (async () => {
        const random = createRandom(`chaos/${seed}`)
        while (running) {
          await sleep(world.clock, random.between(100, 1000))
          const victim = random.pick(world.names)
          if (!world.running().includes(victim)) continue
          world.kill(victim, random.chance(0.5))
          await sleep(world.clock, random.between(100, 800))
          await world.start(victim)
        }
      })()
      const counts = { done: 0, unknown: 0 }
      const work = async (worker: number): Promise<void> => {
        const random = createRandom(`worker/${seed}/${worker}`)
        for (let i = 0; i < 25; i++) {
          await sleep(world.clock, random.between(0, 400))
          const created = await ask('POST', configMaps, { metadata: { name: `w${worker}-${i}` } })
          if (created.code !== 201) counts.unknown++
          for (;;) {
            const read = await ask('GET', `${configMaps}/counter`)
            if (read.code !== 200) continue
            const put = await ask('PUT', `${configMaps}/counter`, { ...read.body, data: { n: String(Number(read.body.data.n) + 1) } })
            if (put.code === 200) counts.done++
            if (put.code === 409) continue
            if (put.code !== 200) counts.unknown++
            break
          }
        }
      }
      await Promise.all([work(0), work(1), work(2)])
      running = false
      await chaos
      const counter = await ask('GET', `${configMaps}/counter`)
      const list = await ask('GET', configMaps)
      await sleep(world.clock, 1000)
      return {
        counts,
        n: Number(counter.body.data.n),
        names: list.body.map((item: Loose) => item.metadata.name),
        watched,
        kills: world.exits.length,
      }
    })
    const { counts, n, names, watched, kills } = result
    t.ok(kills > 3, `${kills} replicas died`)
    t.ok(n >= counts.done && n <= counts.done + counts.unknown, `counted ${n}, acknowledged ${counts.done}, unknown ${counts.unknown}`)
    t.ok(names.length >= 76 - counts.unknown)
    const revisions = watched.map(([, revision]) => Number(revision))
    t.same(
      revisions,
      [...revisions].sort((a, b) => a - b),
      'in order',
    )
    t.equal(new Set(revisions).size, revisions.length, 'none twice')
    t.equal(watched.filter(([type]) => type === 'ADDED').length, names.length - 1, 'every create was seen')
    t.equal(watched.filter(([type]) => type === 'MODIFIED').length, n, 'every update was seen')
  })
