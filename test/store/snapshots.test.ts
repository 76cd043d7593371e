/** Fetching a snapshot over streams that break off: what has arrived is not asked for again, and what does not fit is not kept. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import type { Context } from '../../src/kernel/context.js'
import { confState, type InstallSnapshot } from '../../src/raft/types.js'
import { createSimDisk } from '../../src/sim/disk.js'
import type { Disk } from '../../src/store/disk.js'
import { Keyspace } from '../../src/store/mvcc/keyspace.js'
import { takeSnapshot } from '../../src/store/mvcc/snapshot.js'
import { applyTxn } from '../../src/store/mvcc/txn.js'
import type { Peers } from '../../src/store/peers.js'
import { snapshotChunks, writeSnapshotFile } from '../../src/store/snapshot-file.js'
import { createSnapshots } from '../../src/store/snapshots.js'
import { bytes, turnClock } from '../support/store-world.js'

const disk = (seed: string): Disk => createSimDisk(createRandom(seed)).mount(turnClock)
const marker = { index: 7, term: 2, members: confState([1, 2, 3]) }

/** A replica whose state differs with `value`, with its snapshot. */
async function leader(value: string): Promise<{ disk: Disk; hash: number }> {
  const keyspace = new Keyspace()
  for (let i = 0; i < 40; i++)
    applyTxn(keyspace, { compare: [], success: [{ type: 'put', key: `key-${i}`, value: bytes(value + i) }], failure: [] })
  const own = disk(value)
  const { blocks, release } = takeSnapshot(keyspace)
  await writeSnapshotFile(own, marker, blocks)
  release()
  return { disk: own, hash: keyspace.hash }
}

/** A follower that fetches from whatever `serve` yields; streams are asked for by where they begin. */
function follower(serve: (begin: number) => AsyncIterable<Uint8Array>) {
  const begins: number[] = []
  let hash: number | undefined
  let running: Promise<void> = Promise.resolve()
  const own = disk('follower')
  const context = {
    log: { warn: () => {} },
    spawn: (_name: string, work: () => Promise<void>) => {
      running = work()
    },
  } as unknown as Context
  const stream = (_name: string, { begin }: { begin: number }): AsyncIterable<Uint8Array> => {
    begins.push(begin)
    return serve(begin)
  }
  const peers = { ref: () => ({ stream }), send: () => {}, flush: () => {} } as unknown as Peers
  const snapshots = createSnapshots(context, own, peers, {
    taken: async () => {},
    fetched: ({ snapshot }) => {
      hash = snapshots.install(snapshot).hash
      return true
    },
  })
  const message: InstallSnapshot = { type: 'snapshot', from: 1, to: 2, term: 2, snapshot: { ...marker, data: new Uint8Array() } }
  const fetch = async (change: Partial<typeof marker> = {}): Promise<void> => {
    snapshots.fetch({ ...message, snapshot: { ...message.snapshot, ...change } })
    await running
  }
  return { fetch, begins, disk: own, hash: () => hash }
}

/** The bytes of a stored snapshot in pieces of 100; after `count` of them the stream breaks off. */
async function* pieces(from: Disk, begin: number, count: number): AsyncGenerator<Uint8Array, void, void> {
  let given = 0
  for await (const chunk of snapshotChunks(from, marker.index, begin))
    for (let at = 0; at < chunk.length; at += 100) {
      if (given++ === count) throw new CodedError('ActorEnded', 'the stream broke off')
      yield chunk.slice(at, at + 100)
    }
}

t.test('what has arrived is not asked for again', async (t) => {
  const from = await leader('a')
  const to = follower((begin) => pieces(from.disk, begin, 3))
  for (let attempt = 0; attempt < 50 && to.hash() === undefined; attempt++) await to.fetch()
  t.equal(to.hash(), from.hash, 'the whole state is there')
  t.ok(to.begins.length > 2, `after ${to.begins.length} streams`)
  t.strictSame(
    to.begins,
    to.begins.map((_, at) => at * 300),
    'each begins where the one before broke off',
  )
  t.strictSame(await to.disk.list(), ['snapshot-0000000000000007.snap'])
})

t.test('the rest of another state is noticed, and all of it is asked for', async (t) => {
  const [first, second] = [await leader('a'), await leader('b')]
  let attempts = 0
  const to = follower((begin) => (attempts++ === 0 ? pieces(first.disk, begin, 3) : pieces(second.disk, begin, 1000)))
  for (let attempt = 0; attempt < 3; attempt++) await to.fetch()
  t.strictSame(to.begins, [0, 300, 0])
  t.equal(to.hash(), second.hash)
})

t.test('another snapshot is begun anew, and nothing of the first is left', async (t) => {
  const from = await leader('a')
  const to = follower((begin) => pieces(from.disk, begin, 2))
  await to.fetch()
  t.strictSame(await to.disk.list(), ['snapshot-0000000000000007.snap.tmp'])
  await to.fetch({ index: 9 })
  t.strictSame(to.begins, [0, 0])
  t.notOk((await to.disk.list()).includes('snapshot-0000000000000007.snap.tmp'))
})
