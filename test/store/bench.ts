/** Speed of three replicas on real threads and files: `node dist/test/store/bench.js [txns]`. Prints one JSON line per case. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { Context } from '../../src/kernel/context.js'
import type { NoProtocol } from '../../src/kernel/protocol.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { createStoreClient, type StoreClient } from '../../src/store/client.js'
import type { StoreProtocol, TxnParams } from '../../src/store/protocol.js'

const total = Number(process.argv[2] ?? 4000)
const replicas = Number(process.argv[3] ?? 3)
const value = new Uint8Array(1024).fill(65)

async function inFlight(count: number, width: number, one: (i: number) => Promise<unknown>): Promise<{ perSecond: number; p50: number; p99: number }> {
  let next = 0
  const times: number[] = []
  const began = performance.now()
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) {
        const i = next++
        const at = performance.now()
        await one(i)
        times.push(performance.now() - at)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 100) / 100
  return { perSecond: Math.round(count / seconds), p50: at(0.5), p99: at(0.99) }
}

const update = (i: number): TxnParams => ({
  compare: [{ key: `/registry/pods/default/web-${i}`, target: 'modRevision', is: '=', value: 0 }],
  success: [{ type: 'put', key: `/registry/pods/default/web-${i}`, value }],
  failure: [{ type: 'range', key: `/registry/pods/default/web-${i}` }],
})

async function measure(name: string, client: StoreClient): Promise<void> {
  let base = 0
  const fresh = (count: number): number => (base += count) - count
  const say = (what: string, result: object): void => console.log(JSON.stringify({ case: `${name}: ${what}`, ...result }))
  for (const width of [1, 16, 64]) {
    const count = width === 1 ? Math.min(500, total) : total
    const from = fresh(count)
    say(`txn, ${width} in flight`, await inFlight(count, width, (i) => client.txn(update(from + i))))
  }
  say('readRevision, 64 in flight', await inFlight(total * 4, 64, () => client.readRevision()))
  say('linearizable get, 64 in flight', await inFlight(total * 2, 64, (i) => client.range({ key: `/registry/pods/default/web-${i % total}` })))
  const cancel = new AbortController()
  let seen = 0
  const watches = Array.from({ length: 10 }, async () => {
    for await (const item of client.watch({ key: '/registry/pods/', end: '/registry/pods0', previous: true }, { signal: cancel.signal })) seen += item.events.length
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const from = fresh(total)
  say('txn, 64 in flight, 10 watches', await inFlight(total, 64, (i) => client.txn(update(from + i))))
  while (seen < total * 10) await new Promise((resolve) => setTimeout(resolve, 10))
  cancel.abort()
  await Promise.all(watches)
}

const directory = await mkdtemp(join(process.env['TROUPE_BENCH_DIR'] ?? tmpdir(), 'troupe-store-'))
const host = createThreadHost({
  entryOf: (entry) => new URL(`../../actors/${entry}.js`, import.meta.url),
  seed: 'bench',
  watchdog: { hangMs: 2000 },
  heapMiBDefault: 512,
})
const names = Array.from({ length: replicas }, (_, i) => `store-${i + 1}`)
const peers = names.map((name, i) => ({ id: i + 1, name }))
const threads = peers.map(({ id, name }) =>
  host.start({ role: 'store-replica', name, entry: 'store-replica', config: { id, peers, directory: join(directory, name) } }),
)
for (const { address, exit } of threads) void exit.then((reason) => reason.type === 'killed' || console.error(address.name, reason.message, reason))
await Promise.all(threads.map(({ ready }) => ready))
let context: Context | undefined
const self: Behaviour<NoProtocol, undefined, undefined> = { role: 'bench', init: (own) => ((context = own), {}) }
const guest = await host.join('bench', self)
const own = context as unknown as Context
const all = createStoreClient(own, names)
await all.readRevision()
const statuses = await Promise.all(names.map((name) => own.actor<StoreProtocol>(name).call('status', {})))
const leader = statuses.find((one) => one.role === 'leader')?.name ?? ''
const follower = statuses.find((one) => one.role !== 'leader')?.name
await measure('at the leader', createStoreClient(own, [leader]))
if (follower) {
  const client = createStoreClient(own, [follower])
  console.log(JSON.stringify({ case: 'at a follower: txn, 64 in flight', ...(await inFlight(total, 64, (i) => client.txn(update(1_000_000 + i)))) }))
}
await guest.leave()
await host.close()
await rm(directory, { recursive: true, force: true })
