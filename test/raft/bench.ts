/**
 * Speed of the core alone: three members in one thread, no disk, no network: `node dist/test/raft/bench.js [proposals]`. One JSON line per
 * case: proposals committed and applied everywhere, and reads answered, per second of the processor's time, which leaves out what others do
 * on the machine. Of interest beside another run.
 */
import { createRandom } from '../../src/base/random.js'
import { createMemoryStorage, type MemoryStorage } from '../../src/raft/memory-storage.js'
import { createRaftNode, type RaftNode } from '../../src/raft/node.js'
import { confState, type Message } from '../../src/raft/types.js'

const total = Number(process.argv[2] ?? 100_000)

interface Member {
  readonly node: RaftNode
  readonly disk: MemoryStorage
}

function settle(members: readonly Member[]): void {
  const queue: Message[] = []
  for (let did = true; did; ) {
    did = false
    for (const { node, disk } of members) {
      while (node.hasReady()) {
        did = true
        const ready = node.ready()
        disk.append(ready.entries)
        if (ready.hardState) disk.setHardState(ready.hardState)
        for (const message of ready.messages) queue.push(message)
        for (const message of ready.messagesAfterPersist) queue.push(message)
        node.advance(ready)
      }
    }
    for (const message of queue.splice(0)) members[message.to - 1]?.node.step(message)
  }
}

function cluster(): Member[] {
  const members = [1, 2, 3].map((id) => {
    const disk = createMemoryStorage({ members: confState([1, 2, 3]) })
    return { disk, node: createRaftNode({ id }, disk, createRandom(id)) }
  })
  members[0]?.node.campaign()
  settle(members)
  return members
}

function measure(name: string, batch: number, count: number, act: (node: RaftNode, at: number) => void): void {
  const members = cluster()
  const [leader] = members
  if (!leader) return
  const began = process.cpuUsage()
  for (let at = 0; at < count; at += batch) {
    for (let one = 0; one < batch; one++) act(leader.node, at + one)
    settle(members)
    const applied = leader.node.status().applied
    // As a replica would, so that the log does not grow without bounds.
    if (at % 8192 === 0 && applied > (leader.disk.snapshot()?.index ?? 0)) {
      for (const { disk } of members) {
        disk.createSnapshot(applied, confState([1, 2, 3]), new Uint8Array())
        disk.compact(applied)
      }
    }
  }
  const { user, system } = process.cpuUsage(began)
  console.log(JSON.stringify({ case: name, perCpuSecond: Math.round((count * 1e6) / (user + system)) }))
}

const value = new Uint8Array(256)
for (const batch of [1, 16, 64]) measure(`propose, ${batch} at a time`, batch, total, (node) => void node.propose(value))
for (const batch of [1, 16]) measure(`readIndex, ${batch} at a time`, batch, total / 2, (node, at) => void node.readIndex(String(at)))
