/** The write-ahead log and snapshot files: whatever a crash leaves is read back or cut, whatever was damaged is refused. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createRandom, type Random } from '../../src/base/random.js'
import { confState, type Entry, type HardState } from '../../src/raft/types.js'
import { createSimDisk, type SimDisk } from '../../src/sim/disk.js'
import type { Disk } from '../../src/store/disk.js'
import { createLogWriter } from '../../src/store/log-writer.js'
import { Keyspace } from '../../src/store/mvcc/keyspace.js'
import { takeSnapshot } from '../../src/store/mvcc/snapshot.js'
import { applyTxn } from '../../src/store/mvcc/txn.js'
import { loadSnapshotFile, snapshotName, writeSnapshotFile } from '../../src/store/snapshot-file.js'
import { openWal, type Wal, type WalState } from '../../src/store/wal.js'
import { segmentHeaderBytes, segmentName, type WalRecord } from '../../src/store/wal-record.js'
import { bytes, put, turnClock } from '../support/store-world.js'

const seed = Number(process.env['TROUPE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
t.comment(`seed ${seed}`)
t.setTimeout(300_000)
const clock = turnClock
const members = confState([1, 2, 3], [4])

function device(label: string | number): SimDisk {
  const disk = createSimDisk(createRandom(`${seed}/${label}`))
  disk.faults.latencyMs = () => 0
  return disk
}

const entry = (index: number, term: number, data: string | Uint8Array = `entry ${index}`): WalRecord => ({
  type: 'entry',
  entry: { index, term, type: index % 7 === 0 ? 'config' : 'normal', data: typeof data === 'string' ? bytes(data) : data },
})
const hardState = (term: number, vote: number, commit: number): WalRecord => ({ type: 'hardState', hardState: { term, vote, commit } })
const open = (disk: SimDisk, segmentBytesMax = 4096): Promise<{ wal: Wal; state: WalState }> =>
  openWal(disk.mount(clock), { replica: 1, segmentBytesMax })
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error) => (error instanceof CodedError ? error.code : String(error)),
  )
const plainEntries = (entries: readonly Entry[]): unknown => entries.map((one) => ({ ...one, data: [...one.data] }))

/** What the log should say, computed the plain way. */
class Model {
  hardState: HardState = { term: 0, vote: 0, commit: 0 }
  entries: Entry[] = []
  snapshot: { index: number; term: number } = { index: 0, term: 0 }
  write(records: readonly WalRecord[]): void {
    for (const record of records)
      if (record.type === 'hardState') this.hardState = record.hardState
      else if (record.type === 'entry') this.entries = [...this.entries.filter((one) => one.index < record.entry.index), record.entry]
      else if (record.type !== 'start') {
        this.snapshot = { index: record.index, term: record.term }
        this.entries = record.type === 'snapshotInstalled' ? [] : this.entries.filter((one) => one.index > record.index)
      }
  }
  get last(): number {
    return this.entries.at(-1)?.index ?? this.snapshot.index
  }
  copy(): Model {
    const copy = new Model()
    Object.assign(copy, { hardState: this.hardState, entries: [...this.entries], snapshot: this.snapshot })
    return copy
  }
}

function matches(state: WalState, model: Model): boolean {
  const said = {
    hardState: state.hardState,
    entries: plainEntries(state.entries),
    snapshot: state.snapshot ? { index: state.snapshot.index, term: state.snapshot.term } : { index: 0, term: 0 },
  }
  const wanted = { hardState: model.hardState, entries: plainEntries(model.entries), snapshot: model.snapshot }
  return JSON.stringify(said) === JSON.stringify(wanted)
}

/** Records as a replica might write them. */
function randomRecords(random: Random, model: Model): WalRecord[] {
  const records: WalRecord[] = []
  const term = model.hardState.term + (random.chance(0.2) ? 1 : 0)
  const kind = random.float()
  if (kind < 0.05)
    records.push({ type: 'snapshotInstalled', index: random.between(model.snapshot.index + 1, model.last + 20), term, members })
  else if (kind < 0.15 && model.last > model.snapshot.index)
    records.push({ type: 'snapshotTaken', index: random.between(model.snapshot.index + 1, model.last), term, members })
  else {
    // Sometimes entries replace the last few.
    let index = Math.max(model.snapshot.index + 1, model.last + 1 - (random.chance(0.15) ? random.below(5) : 0))
    for (let left = random.below(6); left > 0; left--)
      records.push(entry(index++, term, random.bytes(random.chance(0.1) ? 1500 : random.below(80))))
  }
  return [...records, hardState(term, random.below(4), model.last)]
}

t.test('a new log is empty, and every start is counted', async (t) => {
  const disk = device('new')
  const first = await open(disk)
  t.same(first.state, { hardState: { term: 0, vote: 0, commit: 0 }, entries: [], snapshot: undefined, starts: 1 })
  t.equal((await open(disk)).state.starts, 2)
  t.equal((await open(disk)).state.starts, 3)
})

t.test('what was appended is there after any number of restarts, segments and snapshots', async (t) => {
  for (let run = 0; run < 40; run++) {
    const random = createRandom(`${seed}/restarts/${run}`)
    const disk = device(`restarts/${run}`)
    const model = new Model()
    for (let start = 0; start < 4; start++) {
      const { wal, state } = await open(disk, 600)
      if (!matches(state, model)) return void t.fail(`run ${run}, start ${start}: ${JSON.stringify(state)} is not ${JSON.stringify(model)}`)
      for (let i = 0; i < 25; i++) {
        const records = randomRecords(random, model)
        model.write(records)
        await wal.append(records)
        if (random.chance(0.3)) await wal.drop(model.snapshot.index)
      }
      if (random.chance(0.5)) disk.crash()
    }
  }
  t.pass('all runs agree')
})

t.test('a power cut in the middle of a write loses that write alone, whole', async (t) => {
  let lost = 0
  for (let run = 0; run < 150; run++) {
    const random = createRandom(`${seed}/cut/${run}`)
    const disk = device(`cut/${run}`)
    const model = new Model()
    let { wal } = await open(disk, 600)
    for (let round = 0; round < 3; round++) {
      for (let i = random.below(8); i > 0; i--) {
        const records = randomRecords(random, model)
        model.write(records)
        await wal.append(records)
      }
      const before = model.copy()
      const records = randomRecords(random, model)
      model.write(records)
      const writing = wal.append(records)
      writing.catch(() => {})
      // The cut comes at a random point of the write: while appending, while syncing, or just after.
      for (let turns = random.below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      disk.crash()
      const reopened = await open(disk, 600)
      wal = reopened.wal
      if (matches(reopened.state, before)) {
        lost++
        Object.assign(model, before)
      } else if (!matches(reopened.state, model)) return void t.fail(`run ${run}, round ${round}: neither before nor after the write`)
    }
  }
  t.ok(lost > 20, `${lost} writes were lost`)
})

/** A device with one segment that ends with a batch of three entries, and that segment's bytes. */
async function sample(): Promise<{ name: string; content: Uint8Array; ends: number[] }> {
  const disk = device('sample')
  const { wal } = await open(disk)
  const ends: number[] = []
  const size = (): number => (disk.contents().get(segmentName(1)) as Uint8Array).length
  await wal.append([entry(1, 1), hardState(1, 2, 0)])
  ends.push(size())
  await wal.append([entry(2, 1, new Uint8Array(1300).fill(7)), hardState(1, 2, 1)])
  ends.push(size())
  await wal.append([entry(3, 1), entry(4, 1, new Uint8Array(900).fill(9)), entry(5, 1), hardState(1, 2, 2)])
  ends.push(size())
  return { name: segmentName(1), content: disk.contents().get(segmentName(1)) as Uint8Array, ends }
}

async function holding(name: string, content: Uint8Array): Promise<SimDisk> {
  const disk = device('held')
  const file = await disk.mount(clock).create(name)
  await file.append([content])
  await file.sync()
  return disk
}

t.test('a log cut at any byte is read up to the last whole write before it', async (t) => {
  const { name, content, ends } = await sample()
  for (let cut = 0; cut <= content.length; cut++) {
    const disk = await holding(name, content.subarray(0, cut))
    const { state } = await open(disk)
    const whole = ends.filter((at) => at <= cut).length
    const expected = [0, 1, 2, 5][whole]
    if (state.entries.length !== expected) return void t.fail(`cut at ${cut}: ${state.entries.length} entries instead of ${expected}`)
    // And the log goes on from there.
    const again = await openWal(disk.mount(clock), { replica: 1 })
    if (again.state.entries.length !== expected)
      return void t.fail(`cut at ${cut}: ${again.state.entries.length} entries at the second start`)
  }
  t.pass('every cut')
})

t.test('a last write of which a sector was never written is cut, whichever sector', async (t) => {
  const { name, content, ends } = await sample()
  const start = ends[1] as number
  let cuts = 0
  for (let from = start; from < content.length; from = (Math.floor(from / 512) + 1) * 512) {
    const zeroed = content.slice()
    zeroed.fill(0, from, (Math.floor(from / 512) + 1) * 512)
    const { state } = await open(await holding(name, zeroed))
    t.equal(state.entries.length, 2, `zeros from ${from}`)
    cuts++
  }
  t.ok(cuts > 1)
})

t.test('a flipped bit is refused, wherever it is, and never read as something else', async (t) => {
  const { name, content } = await sample()
  let refused = 0
  for (let at = 0; at < content.length; at++) {
    const damaged = content.slice()
    damaged[at] = (damaged[at] as number) ^ (1 << (at % 8))
    const code = await refusal(open(await holding(name, damaged)))
    if (code !== 'DataCorrupt') return void t.fail(`a bit of byte ${at} of ${content.length}: ${code}`)
    refused++
  }
  t.equal(refused, content.length)
})

t.test('a sector that was lost in the middle is damage, not a torn tail', async (t) => {
  const { name, content } = await sample()
  for (const sector of [1, 2]) {
    const damaged = content.slice()
    damaged.fill(0, sector * 512, sector * 512 + 512)
    t.equal(await refusal(open(await holding(name, damaged))), 'DataCorrupt', `sector ${sector}`)
  }
  const headless = content.slice()
  headless.fill(0, segmentHeaderBytes, segmentHeaderBytes + 12)
  t.equal(await refusal(open(await holding(name, headless))), 'DataCorrupt', 'the first batch header')
})

t.test('segments that are missing, foreign or out of order are refused', async (t) => {
  const make = async (): Promise<SimDisk> => {
    const disk = device('segments')
    const { wal } = await open(disk, 200)
    for (let i = 1; i <= 30; i++) await wal.append([entry(i, 1)])
    return disk
  }
  const whole = await make()
  const names = [...whole.contents().keys()]
  t.ok(names.length > 3)
  t.equal((await open(whole)).state.entries.length, 30)
  const without = await make()
  await without.mount(clock).remove(names[1] as string)
  t.equal(await refusal(open(without)), 'DataCorrupt', 'one is missing')
  const shortened = await make()
  const file = await shortened.mount(clock).open(names[1] as string)
  await file.truncate(file.size - 5)
  t.equal(await refusal(open(shortened)), 'DataCorrupt', 'one in the middle is short')
  const beheaded = await make()
  await beheaded.mount(clock).remove(names[0] as string)
  t.equal(await refusal(open(beheaded)), 'DataCorrupt', 'the first is missing, and no snapshot stands for it')
  t.equal(await refusal(openWal((await make()).mount(clock), { replica: 2 })), 'DataCorrupt', "another replica's")
  const later = await holding(
    segmentName(1),
    Uint8Array.from(
      await (async () => {
        const content = (await make()).contents().get(segmentName(1)) as Uint8Array
        return content.map((byte, i) => (i === 6 ? 2 : byte))
      })(),
    ),
  )
  t.equal(await refusal(open(later)), 'DataCorrupt', 'a format of the future')
})

t.test('segments below a snapshot are dropped, and the rest is enough', async (t) => {
  const disk = device('drop')
  const { wal } = await open(disk, 500)
  for (let i = 1; i <= 100; i++) await wal.append([entry(i, 1), hardState(1, 1, i)])
  const before = disk.contents().size
  await wal.append([{ type: 'snapshotTaken', index: 90, term: 1, members }])
  await wal.drop(90)
  t.ok(disk.contents().size < before / 2)
  const { state } = await open(disk)
  t.same(state.snapshot, { index: 90, term: 1, members })
  t.same(
    state.entries.map(({ index }) => index),
    [91, 92, 93, 94, 95, 96, 97, 98, 99, 100],
  )
  t.same(state.hardState, { term: 1, vote: 1, commit: 100 })
})

t.test('the marker of a snapshot outlives the segment it was written to', async (t) => {
  const disk = device('marker')
  const { wal } = await open(disk, 300)
  for (let i = 1; i <= 10; i++) await wal.append([entry(i, 1)])
  await wal.append([{ type: 'snapshotTaken', index: 10, term: 1, members }])
  for (let i = 0; i < 30; i++) await wal.append([hardState(1, 1, 10)])
  await wal.drop(10)
  t.equal(disk.contents().size, 1)
  const { state } = await open(disk)
  t.same(state.snapshot, { index: 10, term: 1, members })
})

t.test('a failed sync fails the write', async (t) => {
  const disk = device('fail')
  const { wal } = await open(disk)
  disk.faults.syncFails = 1
  t.equal(await refusal(wal.append([entry(1, 1)])), 'DiskFailed')
  disk.faults.syncFails = 0
  disk.faults.capacityBytes = 0
  t.equal(await refusal(wal.append([entry(1, 1)])), 'DiskFull')
})

t.test('writes that wait share one sync, and are done in order', async (t) => {
  const batches: number[] = []
  let release: () => void = () => {}
  const wal: Wal = {
    size: 0,
    append: (records) => {
      batches.push(records.length)
      return new Promise((resolve) => {
        release = resolve
      })
    },
    drop: async () => {},
    close: async () => {},
  }
  const done: number[] = []
  const writer = createLogWriter(wal, { failed: (error) => t.fail(String(error)), monotonic: () => 0, synced: () => {} })
  const push = (n: number, records: WalRecord[], mustSync = true): void => writer.push({ records, mustSync, done: () => done.push(n) })
  push(0, [], false)
  t.same(done, [0], 'nothing to write is done at once')
  push(1, [entry(1, 1)])
  push(2, [entry(2, 1)])
  push(3, [], false)
  push(4, [entry(3, 1)])
  t.same(done, [0])
  release()
  await new Promise((resolve) => setImmediate(resolve))
  t.same(
    [done, batches],
    [
      [0, 1],
      [1, 2],
    ],
  )
  const idle = writer.idle()
  release()
  await idle
  t.same(done, [0, 1, 2, 3, 4])
  push(5, [], false)
  t.same(done, [0, 1, 2, 3, 4, 5])
})

t.test('a snapshot file is read as it was written, and refused when anything is wrong with it', async (t) => {
  const keyspace = new Keyspace()
  for (let i = 0; i < 300; i++) applyTxn(keyspace, put(`key-${i % 90}`, `value ${i}`.repeat(i % 10)))
  keyspace.compact(100)
  const marker = { index: 42, term: 3, members }
  const write = async (): Promise<{ device: SimDisk; disk: Disk }> => {
    const one = device('snapshot')
    const disk = one.mount(clock)
    const { blocks, release } = takeSnapshot(keyspace)
    await writeSnapshotFile(disk, marker, blocks)
    release()
    return { device: one, disk }
  }
  const { device: whole, disk } = await write()
  const loaded = await loadSnapshotFile(disk, marker)
  loaded.check()
  t.same([loaded.hash, loaded.revision, loaded.compactRevision], [keyspace.hash, keyspace.revision, 100])
  t.equal(await refusal(loadSnapshotFile(disk, { ...marker, term: 4 })), 'DataCorrupt', 'of another term')
  t.equal(await refusal(loadSnapshotFile(disk, { ...marker, index: 43 })), 'DataCorrupt', 'missing')
  const content = whole.contents().get(snapshotName(42)) as Uint8Array
  for (let at = 0; at < content.length; at += 7) {
    const one = device('snapshot-flip')
    const other = one.mount(clock)
    const file = await other.create(snapshotName(42))
    await file.append([at % 2 ? content.subarray(0, at) : content.map((byte, i) => (i === at ? byte ^ 4 : byte))])
    const code = await refusal(loadSnapshotFile(other, marker))
    if (code !== 'DataCorrupt') return void t.fail(`${at % 2 ? 'cut' : 'flipped'} at ${at}: ${code}`)
  }
})
