/** Who waits for writes and reads: each is told what became of it, exactly, whatever arrives twice, late or from another life. */
import t from 'tap'
import { codeOf } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import { createMemoryStorage } from '../../src/raft/memory-storage.js'
import { createRaftNode, type RaftNode } from '../../src/raft/node.js'
import { confState } from '../../src/raft/types.js'
import { type AppliedBatch, applyEntry } from '../../src/store/apply.js'
import { createForwarding } from '../../src/store/forwarding.js'
import { Keyspace } from '../../src/store/mvcc/keyspace.js'
import type { PeerMessage } from '../../src/store/peer-message.js'
import type { Peers } from '../../src/store/peers.js'
import { createProposals, type Offer } from '../../src/store/proposals.js'
import { createReads } from '../../src/store/reads.js'
import { put } from '../support/store-world.js'

const settled = async (promise: Promise<unknown>): Promise<string> => {
  const result = await Promise.race([promise.then(() => 'ok', codeOf), new Promise((resolve) => setImmediate(() => resolve('waits')))])
  return String(result)
}

/** The same promise, whose rejection somebody will look at later. */
function awaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Proposals of replica 1 in its second life, with what was offered and a clock to turn. */
function proposing() {
  const clock = { now: 0 }
  const offered: { number: number; data: Uint8Array }[] = []
  const proposals = createProposals({ replica: 1, life: 2, monotonic: () => clock.now, noLeaderMs: 100, unknownMs: 1000 })
  const offer =
    (term: number): Offer =>
    (batch) => {
      offered.push(batch)
      return { type: 'offered', term }
    }
  const applied = (at: number): AppliedBatch => {
    const data = offered[at]?.data ?? new Uint8Array()
    return applyEntry(new Keyspace(), { index: 1, term: 1, type: 'normal', data }) as AppliedBatch
  }
  return {
    clock,
    offered,
    proposals,
    offer,
    applied,
    submit: (key: string) => awaited(proposals.submit({ type: 'txn', txn: put(key, '') })),
  }
}

t.test('commands of one turn share a batch, and each gets its own outcome', async (t) => {
  const { offered, proposals, offer, applied, submit } = proposing()
  const answers = ['a', 'b', 'c'].map(submit)
  proposals.flush(offer(1))
  t.equal(offered.length, 1)
  t.equal(proposals.pending, 3)
  proposals.applied(applied(0))
  const outcomes = await Promise.all(answers)
  t.same(
    outcomes.map((outcome) => outcome.type === 'txn' && outcome.result.revision),
    [2, 3, 4],
  )
  t.equal(proposals.pending, 0)
})

t.test("a batch of another life or replica answers nobody, though its number is one's own", async (t) => {
  const { proposals, offer, applied, submit } = proposing()
  const answer = submit('a')
  proposals.flush(offer(1))
  const { id, outcomes } = applied(0)
  proposals.applied({ id: { ...id, life: 1 }, outcomes })
  proposals.applied({ id: { ...id, replica: 2 }, outcomes })
  proposals.refused(1, [id.number])
  t.equal(await settled(answer), 'waits')
  proposals.applied({ id, outcomes })
  t.equal(await settled(answer), 'ok')
})

t.test('a later term offers again what it cannot hold, under a new number, and the old one means nothing', async (t) => {
  const { offered, proposals, offer, applied, submit } = proposing()
  const answer = submit('a')
  proposals.flush(offer(3))
  proposals.termReached(3)
  proposals.flush(offer(3))
  t.equal(offered.length, 1, 'its own term says nothing')
  proposals.termReached(4)
  proposals.flush(offer(4))
  t.equal(offered.length, 2)
  t.not(offered[0]?.number, offered[1]?.number)
  proposals.applied(applied(0))
  t.equal(await settled(answer), 'waits')
  proposals.applied(applied(1))
  t.equal(await settled(answer), 'ok')
})

t.test('what was refused is offered again; what was passed over by a snapshot is unknown', async (t) => {
  const { offered, proposals, offer, submit } = proposing()
  const answer = submit('a')
  proposals.flush(offer(1))
  proposals.refused(2, [offered[0]?.number ?? 0])
  const waiting = submit('b')
  proposals.flush((batch) => (offered.length === 1 ? offer(1)(batch) : { type: 'notNow' }))
  t.equal(offered.length, 2)
  proposals.passedOver()
  t.equal(await settled(answer), 'LeaderChanged')
  t.equal(await settled(waiting), 'waits', 'what was not offered is not lost')
})

t.test('who waits too long is told: not written if never offered, unknown if offered', async (t) => {
  const { clock, proposals, offer, submit } = proposing()
  const sent = submit('a')
  proposals.flush(offer(1))
  const unsent = submit('b')
  proposals.flush(() => ({ type: 'notNow' }))
  clock.now = 100
  proposals.expire()
  t.same([await settled(sent), await settled(unsent)], ['waits', 'NoLeader'])
  clock.now = 1000
  proposals.expire()
  t.equal(await settled(sent), 'LeaderChanged')
})

/** A single voter that leads, and what it would send. */
function leading(): { node: RaftNode; sent: PeerMessage[]; peers: Peers; proposed: () => number } {
  const storage = createMemoryStorage({ members: confState([1]) })
  const node = createRaftNode({ id: 1 }, storage, createRandom(1))
  node.campaign()
  let proposed = 0
  const drain = (): void => {
    while (node.hasReady()) {
      const ready = node.ready()
      storage.append(ready.entries)
      proposed += ready.entries.filter((entry) => entry.data.length > 0).length
      if (ready.hardState) storage.setHardState(ready.hardState)
      node.advance(ready)
    }
  }
  drain()
  const sent: PeerMessage[] = []
  const peers: Peers = { send: (_to, message) => sent.push(message), flush: () => {}, idOf: () => 2, ref: () => undefined, running: 1 }
  return {
    node,
    sent,
    peers,
    proposed: () => {
      drain()
      return proposed
    },
  }
}

t.test('a leader takes what is meant for its term, once, and refuses the rest', async (t) => {
  const { node, sent, peers, proposed } = leading()
  const forwarding = createForwarding({ id: 1, life: 1, node, peers })
  const { term } = node.status()
  const batch = (number: number) => ({ number, data: new Uint8Array([number]) })
  const forward = (message: { term?: number; life?: number; numbers: number[] }): void =>
    forwarding.receive(2, { type: 'forward', term: message.term ?? term, life: message.life ?? 5, batches: message.numbers.map(batch) })
  forward({ numbers: [1, 2] })
  t.equal(proposed(), 2)
  forward({ numbers: [2, 1] })
  t.equal(proposed(), 2, 'a message that comes twice')
  t.same(sent, [], 'is not refused: it was taken')
  forward({ numbers: [4] })
  forward({ numbers: [3] })
  t.equal(proposed(), 4, 'order does not matter')
  forward({ numbers: [7], term: term - 1 })
  forward({ numbers: [8], term: term + 1 })
  t.equal(proposed(), 4, 'of another term')
  t.same(sent, [
    { type: 'refused', life: 5, numbers: [7] },
    { type: 'refused', life: 5, numbers: [8] },
  ])
  forward({ numbers: [1], life: 6 })
  t.equal(proposed(), 5, 'the next life counts from the beginning')
  forward({ numbers: [9], life: 5 })
  t.equal(proposed(), 5, 'and the one before is over')
})

t.test('reads share a round, and never one that began before them', async (t) => {
  const clock = { now: 0 }
  const asked: string[] = []
  const reads = createReads({ prefix: '1.1.', monotonic: () => clock.now, lostMs: 100, noLeaderMs: 1000 })
  const ask = (context: string): boolean => asked.push(context) > 0
  const early = [reads.wait(), reads.wait()]
  reads.flush(ask)
  const late = reads.wait()
  reads.flush(ask)
  t.equal(asked.length, 1)
  reads.confirmed(asked[0] ?? '', 0)
  t.same(await Promise.all(early.map(settled)), ['ok', 'ok'])
  t.equal(await settled(late), 'waits')
  reads.flush(ask)
  reads.confirmed(asked[1] ?? '', 5)
  t.equal(await settled(late), 'waits', 'until its index is applied')
  reads.applied(4)
  t.equal(await settled(late), 'waits')
  reads.applied(5)
  t.equal(await settled(late), 'ok')
})

t.test('a lost round is begun again, and an answer to its old name counts for nothing', async (t) => {
  const clock = { now: 0 }
  const asked: string[] = []
  const reads = createReads({ prefix: '1.1.', monotonic: () => clock.now, lostMs: 100, noLeaderMs: 1000 })
  const ask = (context: string): boolean => asked.push(context) > 0
  const read = reads.wait()
  reads.flush(ask)
  clock.now = 100
  reads.expire()
  const late = reads.wait()
  reads.flush(ask)
  t.equal(asked.length, 2)
  reads.confirmed(asked[0] ?? '', 0)
  t.same([await settled(read), await settled(late)], ['waits', 'waits'])
  reads.confirmed(asked[1] ?? '', 0)
  t.same([await settled(read), await settled(late)], ['ok', 'ok'])
  const never = awaited(reads.wait())
  reads.flush(() => false)
  clock.now = 1100
  reads.expire()
  t.equal(await settled(never), 'NoLeader')
})
