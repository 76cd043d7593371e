/** Whole members whose peers are played by the test, where scripts (scripts/*.md) cannot look closely enough. */
import t from 'tap'
import { createRandom } from '../../src/base/random.js'
import type { RaftOptions } from '../../src/raft/config.js'
import { createMemoryStorage, type MemoryStorage } from '../../src/raft/memory-storage.js'
import { createRaftNode, type RaftNode } from '../../src/raft/node.js'
import type { ReadState } from '../../src/raft/ready.js'
import { type ConfState, confState, type Entry, type HardState, type Message } from '../../src/raft/types.js'
import { Cluster } from './cluster.js'

const entry = (index: number, term: number): Entry => ({ index, term, type: 'normal', data: new TextEncoder().encode(`${term}.${index}`) })
const log = (...terms: number[]): Entry[] => terms.map((term, at) => entry(at + 1, term))
const text = (data: string): Uint8Array => new TextEncoder().encode(data)

interface Alone {
  readonly node: RaftNode
  readonly disk: MemoryStorage
  /** Does what is due, and gives what was sent and answered. */
  settle(): { messages: Message[]; reads: ReadState[] }
}

/** One member whose peers are played by the test. */
function alone(options: Partial<RaftOptions>, stored: { hardState?: HardState; members?: ConfState; entries?: Entry[] } = {}): Alone {
  const disk = createMemoryStorage({ members: confState([1, 2, 3]), ...stored })
  const node = createRaftNode({ id: 1, ...options }, disk, createRandom(1))
  const settle = (): { messages: Message[]; reads: ReadState[] } => {
    const messages: Message[] = []
    const reads: ReadState[] = []
    while (node.hasReady()) {
      const ready = node.ready()
      if (ready.snapshot) disk.applySnapshot(ready.snapshot)
      disk.append(ready.entries)
      if (ready.hardState) disk.setHardState(ready.hardState)
      messages.push(...ready.messages, ...ready.messagesAfterPersist)
      reads.push(...ready.readStates)
      node.advance(ready)
      node.check()
    }
    return { messages, reads }
  }
  return { node, disk, settle }
}

const news = { commit: 0, commitTerm: 0 }
const vote = (from: number, term: number, reject = false): Message => ({ type: 'voteResponse', from, to: 1, term, reject, ...news })
const accept = (from: number, term: number, index: number): Message => ({
  type: 'appendResponse',
  from,
  to: 1,
  term,
  index,
  reject: false,
  hintIndex: 0,
  hintTerm: 0,
})

/** Elects member 1 by the vote of member 2. */
function elect(member: Alone): void {
  member.node.campaign()
  member.settle()
  member.node.step(vote(2, member.node.status().term))
  member.settle()
}

t.test('a vote compares terms before lengths, and is given once in a term', async (t) => {
  const ask = (from: number, term: number, lastIndex: number, lastTerm: number): Message => ({
    type: 'vote',
    from,
    to: 1,
    term,
    lastIndex,
    lastTerm,
    transfer: false,
    ...news,
  })
  const voter = alone({}, { hardState: { term: 2, vote: 0, commit: 0 }, entries: log(1, 2, 2) })
  const answer = (message: Message): unknown => {
    voter.node.step(message)
    return voter.settle().messages.find((m) => m.type === 'voteResponse')
  }
  t.match(answer(ask(2, 3, 9, 1)), { reject: true }, 'longer, but older')
  t.match(answer(ask(3, 3, 1, 3)), { reject: false }, 'shorter, but newer')
  t.match(answer(ask(2, 3, 9, 9)), { reject: true }, 'the vote of this term is given')
  t.match(answer(ask(3, 3, 1, 3)), { reject: false }, 'to the same candidate it is given again')
  const back = alone({}, { hardState: voter.disk.initialState().hardState, entries: log(1, 2, 2) })
  back.node.step(ask(2, 3, 9, 9))
  t.match(back.settle().messages, [{ type: 'voteResponse', reject: true }], 'after a restart too')
})

t.test("promises wait for the disk, the leader's appends do not", async (t) => {
  const member = alone({ preVote: false })
  member.node.step({ type: 'vote', from: 2, to: 1, term: 1, lastIndex: 0, lastTerm: 0, transfer: false, ...news })
  const ready = member.node.ready()
  t.match(ready, { mustSync: true, hardState: { term: 1, vote: 2 }, messages: [], messagesAfterPersist: [{ type: 'voteResponse' }] })
  member.disk.setHardState(ready.hardState ?? member.disk.initialState().hardState)
  member.node.advance(ready)

  const leader = alone({ preVote: false })
  elect(leader)
  leader.node.propose(text('x'))
  const write = leader.node.ready()
  leader.disk.append(write.entries)
  t.equal(write.entries.length, 1)
  t.equal(write.messagesAfterPersist.length, 0)
  leader.node.step(accept(2, 1, 2))
  t.equal(leader.node.status().commit, 1, 'the leader does not count itself before its disk has the entry')
  leader.node.advance(write)
  t.equal(leader.node.status().commit, 2)
  t.equal(leader.node.ready().mustSync, false, 'a commit alone need not be flushed')
})

t.test('reads', async (t) => {
  const echo = (from: number, readSequence: number): Message => ({ type: 'heartbeatResponse', from, to: 1, term: 1, readSequence })

  t.test('wait for the first commit of the term, and then for a quorum', async (t) => {
    const leader = alone({ preVote: false })
    elect(leader)
    leader.node.readIndex('early')
    leader.node.step(echo(2, 0))
    t.strictSame(leader.settle().reads, [])
    leader.node.step(accept(2, 1, 1))
    const sent = leader.settle()
    t.strictSame(sent.reads, [], 'committed, but not yet confirmed')
    const beat = sent.messages.find((m) => m.type === 'heartbeat')
    leader.node.step(echo(2, beat?.type === 'heartbeat' ? beat.readSequence : 0))
    t.strictSame(leader.settle().reads, [{ index: 1, context: 'early' }])
  })

  t.test('of a paused leader are not confirmed by answers from before the pause', async (t) => {
    const leader = alone({ preVote: false })
    elect(leader)
    leader.node.step(accept(2, 1, 1))
    leader.settle()
    leader.node.readIndex('one')
    const beat = leader.settle().messages.find((m) => m.type === 'heartbeat')
    const old = echo(2, beat?.type === 'heartbeat' ? beat.readSequence : 0)
    leader.node.step(old)
    t.strictSame(leader.settle().reads, [{ index: 1, context: 'one' }])
    leader.node.readIndex('one')
    leader.node.step(old)
    leader.node.step({ ...old, from: 3 })
    t.strictSame(leader.settle().reads, [], 'the same context again is a new attempt')
  })

  t.test('of a deposed leader get no answer; from a follower they go to the leader', async (t) => {
    const cluster = new Cluster('reads', [1, 2, 3])
    cluster.act(1, (node) => node.campaign())
    cluster.stabilize()
    for (const pair of ['1>2', '2>1', '1>3', '3>1']) cluster.cut.add(pair)
    for (let tick = 0; tick < 40 && cluster.leaderNow?.id === 1; tick++) {
      for (const id of [2, 3]) cluster.act(id, (node) => node.tick())
      cluster.stabilize()
    }
    const leader = cluster.leaderNow?.id ?? 0
    t.not(leader, 1)
    cluster.propose(leader, 'newer')
    cluster.stabilize()
    cluster.read(1, 'stale')
    cluster.stabilize()
    t.equal(cluster.readsAnswered, 0)
    cluster.read(leader === 2 ? 3 : 2, 'through a follower')
    cluster.stabilize()
    t.equal(cluster.readsAnswered, 1)
    cluster.cut.clear()
    cluster.act(1, (node) => node.tick())
    cluster.stabilize()
    t.equal(cluster.readsAnswered, 1, 'nor after the network has healed')
  })

  t.test('of a single member wait until it has committed in its term', async (t) => {
    const single = alone({}, { members: confState([1]), entries: log(1, 1, 1), hardState: { term: 1, vote: 1, commit: 1 } })
    single.node.campaign()
    single.node.readIndex('now')
    single.settle()
    single.node.readIndex('later')
    t.strictSame(single.settle().reads, [{ index: 4, context: 'later' }], 'entries acknowledged before a restart are not missed')
  })
})

t.test('a member that was cut off does not depose the leader when it comes back', async (t) => {
  const cluster = new Cluster('prevote', [1, 2, 3])
  cluster.act(1, (node) => node.campaign())
  cluster.stabilize()
  for (const pair of ['1>3', '2>3']) cluster.cut.add(pair)
  for (let tick = 0; tick < 60; tick++) {
    for (const id of [1, 2, 3]) cluster.act(id, (node) => node.tick())
    cluster.stabilize()
  }
  t.match(cluster.node(1).status(), { role: 'leader', term: 1 }, 'a member that can send and not hear does no harm')
  cluster.cut.clear()
  for (let tick = 0; tick < 3; tick++) {
    for (const id of [1, 2, 3]) cluster.act(id, (node) => node.tick())
    cluster.stabilize()
  }
  t.match(cluster.node(3).status(), { role: 'follower', term: 1, leader: 1 })
})

t.test('a leader that no quorum answers steps down', async (t) => {
  const leader = alone({ preVote: false, electionTicks: 10 })
  elect(leader)
  for (let tick = 0; tick < 20; tick++) leader.node.tick()
  t.match(leader.node.status(), { role: 'follower', leader: 0, term: 1 })
})

t.test('the lead is given to a member that has the whole log, and proposals wait meanwhile', async (t) => {
  const cluster = new Cluster('transfer', [1, 2, 3])
  cluster.act(1, (node) => node.campaign())
  cluster.stabilize()
  cluster.act(2, (node) => node.transferLeadership(3))
  cluster.stabilize()
  t.match(cluster.node(3).status(), { role: 'leader', term: 2 }, 'also when a follower was asked')

  const leader = alone({ preVote: false })
  elect(leader)
  leader.node.transferLeadership(3)
  t.equal(leader.node.propose(text('x')), 'dropped')
  for (let tick = 0; tick < 10; tick++) {
    leader.node.step({ type: 'heartbeatResponse', from: 2, to: 1, term: 1, readSequence: 0 })
    leader.node.tick()
  }
  t.equal(leader.node.propose(text('x')), 'ok', 'until electionTicks have passed')
})

t.test('a learner has the log, does not count, and does not campaign', async (t) => {
  const leader = alone({ preVote: false }, { members: confState([1, 2], [3]) })
  elect(leader)
  leader.node.step(accept(3, 1, 1))
  t.equal(leader.node.status().commit, 0)
  const learner = alone({}, { members: confState([2, 3], [1]) })
  for (let tick = 0; tick < 60; tick++) learner.node.tick()
  learner.node.campaign()
  t.match(learner.node.status(), { role: 'follower', term: 0 })
})

t.test('too much uncommitted: proposals are dropped, and taken again when it is applied', async (t) => {
  const leader = alone({ preVote: false, uncommittedBytesMax: 10 })
  elect(leader)
  t.equal(leader.node.propose(text('123456')), 'ok')
  t.equal(leader.node.propose(text('123456')), 'dropped')
  leader.settle()
  leader.node.step(accept(2, 1, 2))
  leader.settle()
  t.equal(leader.node.propose(text('123456')), 'ok')
})

t.test('a slow follower gets no more than its window', async (t) => {
  const leader = alone({ preVote: false, inflightMessagesMax: 2 })
  elect(leader)
  leader.node.step(accept(2, 1, 1))
  leader.settle()
  for (let at = 0; at < 9; at++) leader.node.propose(text('x'))
  const carried = (): number => leader.settle().messages.filter((m) => m.type === 'append' && m.to === 2 && m.entries.length > 0).length
  t.equal(carried(), 2)
  leader.node.step(accept(2, 1, 3))
  t.equal(carried(), 1, 'one message with all the rest')
})

t.test('of two writes under way the first one is not taken for the second', async (t) => {
  const member = alone({ asyncStorageWrites: true })
  const append = (from: number, term: number, entries: Entry[], prev: number): Message => ({
    type: 'append',
    from,
    to: 1,
    term,
    prevIndex: prev,
    prevTerm: prev,
    entries,
    commit: 0,
  })
  const end = (): number => member.node.inspect().log.unstable.offset
  member.node.step(append(2, 1, [entry(1, 1)], 0))
  const first = member.node.ready()
  member.node.step(append(3, 2, [entry(1, 2)], 0))
  const second = member.node.ready()
  // The entry of term 1 comes back, by a leader of term 3: it has the first one's name, but the second write still comes after the first.
  member.node.step(append(2, 3, [entry(1, 1)], 0))
  const third = member.node.ready()
  for (const [ready, offset] of [
    [first, 1],
    [second, 1],
    [third, 2],
  ] as const) {
    member.disk.append(ready.append?.entries ?? [])
    for (const response of ready.append?.responses ?? []) if (response.to === 1) member.node.step(response)
    t.equal(end(), offset)
  }
})

t.test('a snapshot older than the change that added this member is taken', async (t) => {
  const joiner = alone({ id: 1 }, { members: confState([]) })
  joiner.node.step({
    type: 'snapshot',
    from: 2,
    to: 1,
    term: 3,
    snapshot: { index: 5, term: 2, members: confState([2]), data: new Uint8Array() },
  })
  t.match(joiner.settle().messages, [{ type: 'appendResponse', index: 5, reject: false }])
  t.match(joiner.node.status(), { commit: 5, applied: 5, members: { voters: [2] } })
})

t.test('members that know different configurations elect one all the same', async (t) => {
  // Member 1 left the cluster with the longer log; member 2 does not know yet that this is committed, and needs its vote.
  const remove: Entry = { index: 2, term: 1, type: 'config', data: text('{"transition":"auto","changes":[{"type":"remove","id":1}]}') }
  const cluster = new Cluster('news', [1, 2])
  for (const id of [1, 2]) {
    cluster.crash(id)
    cluster.member(id).disk.append([entry(1, 1), remove, ...(id === 1 ? [entry(3, 1)] : [])])
    cluster.member(id).disk.setHardState({ term: 1, vote: 1, commit: id === 1 ? 2 : 1 })
    cluster.start(id)
  }
  cluster.stabilize()
  for (let tick = 0; tick < 40; tick++) {
    for (const id of [1, 2]) cluster.act(id, (node) => node.tick())
    cluster.stabilize()
  }
  t.match(cluster.node(2).status(), { role: 'leader', members: { voters: [2] } })
})
