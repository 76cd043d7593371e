/** Speed of three replicas on real threads and files: `node dist/test/store/bench.js [txns] [replicas]`. Prints one JSON line per case. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStoreClient, type StoreClient } from '../../src/store/client.js'
import { openDisk } from '../../src/store/drivers/disk.js'
import type { StoreProtocol, TxnParams } from '../../src/store/protocol.js'
import { storeThreads } from '../support/store-threads.js'

const total = Number(process.argv[2] ?? 4000)
const replicas = Number(process.argv[3] ?? 3)
const value = new Uint8Array(1024).fill(65)

async function inFlight(
  count: number,
  width: number,
  one: (i: number) => Promise<unknown>,
): Promise<{ perSecond: number; p50: number; p99: number }> {
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
  say(
    'linearizable get, 64 in flight',
    await inFlight(total * 2, 64, (i) => client.range({ key: `/registry/pods/default/web-${i % total}` })),
  )
  const cancel = new AbortController()
  let seen = 0
  const watches = Array.from({ length: 10 }, async () => {
    for await (const item of client.watch({ key: '/registry/pods/', end: '/registry/pods0', previous: true }, { signal: cancel.signal }))
      seen += item.events.length
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const from = fresh(total)
  say('txn, 64 in flight, 10 watches', await inFlight(total, 64, (i) => client.txn(update(from + i))))
  while (seen < total * 10) await new Promise((resolve) => setTimeout(resolve, 10))
  cancel.abort()
  await Promise.all(watches)
}

const directory = await mkdtemp(join(process.env['TROUPE_BENCH_DIR'] ?? tmpdir(), 'troupe-store-'))
const disk = await openDisk(join(directory, 'raw'))
const file = await disk.create('raw')
const raw = await inFlight(300, 1, () => file.append([value]).then(() => file.sync()))
console.log(JSON.stringify({ case: 'the disk alone: append 1 KiB and sync', ...raw }))
await disk.close()
const store = await storeThreads(directory, {}, replicas)
await store.client.readRevision()
const statuses = await Promise.all(store.names.map((name) => store.context.actor<StoreProtocol>(name).call('status', {})))
const leader = statuses.find((one) => one.role === 'leader')?.name ?? ''
const follower = statuses.find((one) => one.role !== 'leader')?.name
await measure('at the leader', createStoreClient(store.context, [leader]))
if (follower) {
  const client = createStoreClient(store.context, [follower])
  console.log(
    JSON.stringify({ case: 'at a follower: txn, 64 in flight', ...(await inFlight(total, 64, (i) => client.txn(update(1_000_000 + i)))) }),
  )
}
await store.close()
await rm(directory, { recursive: true, force: true })
