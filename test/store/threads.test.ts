/** Replicas on real threads and real files: the process is killed, again and again, and every acknowledged write is there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { StoreProtocol } from '../../src/store/protocol.js'
import { storeThreads } from '../support/store-threads.js'
import { bytes, put, text } from '../support/store-world.js'

t.setTimeout(300_000)

const writer = fileURLToPath(new URL('../support/store-writer.js', import.meta.url))

/** Runs the writer until it has acknowledged `count` writes, and then kills it in the middle of the next ones. */
async function writeAndKill(directory: string, run: number, count: number): Promise<Map<string, number>> {
  const child: ChildProcess = spawn(process.execPath, [writer, directory, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged = new Map<string, number>()
  const exited = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [key, revision] = line.split(' ') as [string, string]
    acknowledged.set(key, Number(revision))
    if (acknowledged.size === count) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

t.test('every write that was acknowledged survives kill -9 of the whole process', { timeout: 300_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-store-'))
  const acknowledged = new Map<string, number>()
  for (let run = 0; run < 3; run++) for (const [key, revision] of await writeAndKill(directory, run, 400)) acknowledged.set(key, revision)
  t.ok(acknowledged.size >= 1200)
  const store = await storeThreads(directory)
  const { items } = await store.client.range({ key: 'w', end: 'x' })
  const found = new Map(items.map((item) => [item.key, item]))
  const lost = [...acknowledged].filter(([key, revision]) => found.get(key)?.modRevision !== revision || found.get(key)?.version !== 1)
  t.strictSame(lost, [])
  t.ok(
    items.every((item) => text(item.value) === `value of ${item.key}`),
    'values are whole',
  )
  await store.close()
  await rm(directory, { recursive: true })
})

t.test('when the thread that leads is killed writes go on, and it comes back', { timeout: 300_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-store-'))
  const store = await storeThreads(directory)
  const status = (name: string) => store.context.actor<StoreProtocol>(name).call('status', {})
  for (let i = 0; i < 50; i++) await store.client.txn(put(`w/${i}`, 'x'))
  const roles = await Promise.all(store.names.map(status))
  const leading = roles.find((one) => one.role === 'leader')?.name as string
  const seen: number[] = []
  const cancel = new AbortController()
  const watching = (async () => {
    for await (const item of store.client.watch({ key: 'w', end: 'x', startRevision: 2 }, { signal: cancel.signal }))
      for (const { item: one } of item.events) seen.push(one.modRevision)
  })()
  await store.kill(leading)
  // A write may be under way at the moment of the death: that one is told unknown. This one comes after it.
  let last = 0
  for (let i = 50; i < 100; i++) last = (await store.client.txn(put(`w/${i}`, 'x'))).revision
  t.equal(last, 101)
  await store.start(leading)
  const { revision } = await store.client.txn({
    compare: [{ key: 'w/0', target: 'value', is: '=', value: bytes('x') }],
    success: [{ type: 'put', key: 'w/100', value: bytes('x') }],
    failure: [],
  })
  while ((await status(leading)).revision < revision) await new Promise((resolve) => setImmediate(resolve))
  const hashes = new Set((await Promise.all(store.names.map(status))).map((one) => `${one.revision} ${one.hash}`))
  t.equal(hashes.size, 1, 'all replicas have the same')
  while (seen.length < 101) await new Promise((resolve) => setImmediate(resolve))
  cancel.abort()
  await watching
  t.strictSame(
    seen,
    Array.from({ length: 101 }, (_, i) => i + 2),
    'the watch went on where it was',
  )
  await store.close()
  await rm(directory, { recursive: true })
})
