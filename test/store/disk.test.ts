/** The contract of the Disk port, on the real disk and on the simulated one; and what only the simulated one can be asked. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { codeOf } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import { createSimDisk, type SimDisk } from '../../src/sim/disk.js'
import { type Disk, replaceFile } from '../../src/store/disk.js'
import { openDisk } from '../../src/store/drivers/disk.js'
import { bytes, text, turnClock } from '../support/store-world.js'

const failure = (promise: Promise<unknown>): Promise<string | undefined> => promise.then(() => 'ok', codeOf)

/** Every promise of the port; `again` closes the disk and opens it anew. */
function contract(name: string, open: () => Promise<{ disk: Disk; again: () => Promise<Disk>; end: () => Promise<void> }>): void {
  t.test(`${name}: what is appended is read`, async (t) => {
    const { disk, again, end } = await open()
    t.same(await disk.list(), [])
    const file = await disk.create('b.log')
    t.equal(file.size, 0)
    await file.append([bytes('one'), new Uint8Array(0), bytes('two')])
    await file.append([])
    await file.append([bytes('three')])
    t.equal(file.size, 11)
    await file.sync()
    t.equal(text(await disk.read('b.log')), 'onetwothree')
    t.equal(text(await disk.read('b.log', 3)), 'twothree')
    t.equal(text(await disk.read('b.log', 3, 3)), 'two')
    t.equal(text(await disk.read('b.log', 9, 100)), 'ee')
    t.equal((await disk.read('b.log', 100)).length, 0)
    await file.close()
    await (await disk.create('a.log')).close()
    t.same(await disk.list(), ['a.log', 'b.log'])
    const reopened = await again()
    t.equal(text(await reopened.read('b.log')), 'onetwothree')
    const more = await reopened.open('b.log')
    t.equal(more.size, 11)
    await more.append([bytes('!')])
    await more.truncate(3)
    t.equal(more.size, 3)
    await more.append([bytes('?')])
    await more.sync()
    await more.close()
    t.equal(text(await reopened.read('b.log')), 'one?')
    await reopened.close()
    await end()
  })

  t.test(`${name}: names change at once`, async (t) => {
    const { disk, end } = await open()
    await replaceFile(disk, 'x', [bytes('old')])
    await replaceFile(disk, 'x', [bytes('n'), bytes('ew')])
    t.same(await disk.list(), ['x'])
    t.equal(text(await disk.read('x')), 'new')
    await disk.rename('x', 'y')
    t.same(await disk.list(), ['y'])
    const file = await disk.create('y')
    t.equal(file.size, 0, 'create() empties what was there')
    await file.close()
    await disk.remove('y')
    await disk.remove('y')
    t.same(await disk.list(), [])
    await disk.close()
    await end()
  })

  t.test(`${name}: many large and small chunks arrive whole`, async (t) => {
    const { disk, end } = await open()
    const random = createRandom(name)
    const chunks = Array.from({ length: 3000 }, (_, i) => random.bytes(i % 500 === 0 ? 100_000 : random.below(50)))
    const file = await disk.create('big')
    await file.append(chunks)
    await file.sync()
    await file.close()
    t.ok(Buffer.concat(chunks).equals(await disk.read('big')))
    await disk.close()
    await end()
  })

  t.test(`${name}: a file that is not there is told as such`, async (t) => {
    const { disk, end } = await open()
    t.equal(await failure(disk.read('none')), 'FileNotFound')
    t.equal(await failure(disk.open('none')), 'FileNotFound')
    t.equal(await failure(disk.rename('none', 'other')), 'FileNotFound')
    await disk.close()
    await end()
  })
}

contract('files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-disk-'))
  const path = join(directory, 'deep', 'store')
  return { disk: await openDisk(path), again: () => openDisk(path), end: () => rm(directory, { recursive: true }) }
})

const clock = turnClock
const simulated = (seed: number | string): SimDisk => {
  const disk = createSimDisk(createRandom(seed))
  disk.faults.latencyMs = () => 0
  return disk
}
contract('simulated', async () => {
  const device = simulated(1)
  return { disk: device.mount(clock), again: async () => device.mount(clock), end: async () => {} }
})

t.test('a power cut takes unsynced bytes only, and not always all of them', async (t) => {
  const kept = new Set<number>()
  let zeroed = 0
  for (let seed = 0; seed < 60; seed++) {
    const device = simulated(seed)
    const file = await device.mount(clock).create('f')
    await file.append([new Uint8Array(1000).fill(1)])
    await file.sync()
    await file.append([new Uint8Array(3000).fill(2)])
    device.crash()
    const left = device.contents().get('f') as Uint8Array
    t.ok(left.length >= 1000 && left.subarray(0, 1000).every((byte) => byte === 1), 'synced bytes are there')
    kept.add(left.length)
    if (left.subarray(1000).some((byte) => byte === 0)) zeroed++
  }
  t.ok(kept.has(1000) && kept.size > 10, 'lost, and torn at many places')
  t.ok(zeroed > 3, 'and with holes')
})

t.test('a kill keeps what was written, and what the dead had under way never settles', async (t) => {
  const device = simulated(1)
  const dead = await device.mount(clock).create('f')
  await dead.append([bytes('written')])
  let settled = false
  void dead.append([bytes(' late')]).then(() => (settled = true))
  const disk = device.mount(clock)
  const content = text(await disk.read('f'))
  t.match(content, /^written( late)?$/)
  await disk.list()
  t.equal(text(await disk.read('f')), content, 'it stays as it was when the new one came')
  t.notOk(settled)
})

t.test('faults do what they say', async (t) => {
  const device = simulated(1)
  const disk = device.mount(clock)
  const file = await disk.create('f')
  device.faults.syncLies = 1
  await file.append([bytes('a')])
  await file.sync()
  t.equal(device.flipBit(), undefined, 'nothing was synced')
  device.faults.syncLies = 0
  device.faults.syncFails = 1
  t.equal(await failure(file.sync()), 'DiskFailed')
  device.faults.syncFails = 0
  await file.append([bytes('abcd')])
  await file.sync()
  const before = (await disk.read('f')).slice()
  t.same(device.flipBit('f', 0), { name: 'f', offset: 0 })
  const after = await disk.read('f')
  t.not(after[0], before[0])
  t.same(after.slice(1), before.slice(1))
  device.faults.capacityBytes = after.length + 2
  t.equal(await failure(file.append([bytes('xyz')])), 'DiskFull')
  t.equal((await disk.read('f')).length, after.length + 2, 'what fitted was written')
})
