/** The parts of the core one by one: quorums, windows, progress, the log, membership, the storage in memory. */
import t from 'tap'
import { Inflights } from '../../src/raft/inflights.js'
import { RaftLog } from '../../src/raft/log.js'
import { type ConfigChange, changeMembers, decodeConfigChange, encodeConfigChange, leaveJoint } from '../../src/raft/membership.js'
import { createMemoryStorage } from '../../src/raft/memory-storage.js'
import { checkProgress, Progress } from '../../src/raft/progress.js'
import { majorityIndex, majorityVote, quorumIndex, quorumVote } from '../../src/raft/quorum.js'
import { ReadQueue } from '../../src/raft/read-index.js'
import { type ConfState, confState, type Entry } from '../../src/raft/types.js'

const entry = (index: number, term: number, bytes = 0): Entry => ({ index, term, type: 'normal', data: new Uint8Array(bytes) })
const entries = (terms: readonly number[], from = 1): Entry[] => terms.map((term, at) => entry(from + at, term))
const joint = (voters: number[], votersOutgoing: number[]): ConfState => ({ ...confState(voters), votersOutgoing })
const unbounded = Number.POSITIVE_INFINITY

t.test('quorum', async (t) => {
  const index = (...acked: number[]): number =>
    majorityIndex(
      acked.map((_, at) => at),
      (id) => acked[id],
    )
  t.equal(index(), unbounded, 'a half with nobody in it agrees with everything')
  t.equal(index(7), 7)
  t.equal(index(7, 5), 5, 'two voters must both have it')
  t.equal(index(1, 9, 5), 5)
  t.equal(index(9, 9, 1, 0), 1, 'half of four is no majority')
  t.equal(index(1, 2, 3, 4, 5), 3)
  t.equal(
    majorityIndex([1, 2, 3], (id) => (id === 1 ? 4 : undefined)),
    0,
    'a silent voter has nothing',
  )
  t.equal(
    quorumIndex(joint([1, 2, 3], [4, 5, 6]), (id) => (id < 4 ? 9 : 3)),
    3,
    'both halves must have it',
  )
  const votes = new Map([
    [1, true],
    [2, true],
    [3, false],
  ])
  t.equal(majorityVote([1, 2, 3], votes), 'won')
  t.equal(majorityVote([1, 2, 3, 4], votes), 'pending')
  t.equal(majorityVote([1, 3, 4], votes), 'pending')
  t.equal(majorityVote([1, 3], votes), 'lost', 'a tie that cannot be won is lost')
  t.equal(quorumVote(joint([1, 2], [3]), votes), 'lost')
  t.equal(quorumVote(joint([1, 2], [4]), votes), 'pending')
  t.equal(quorumVote(joint([1, 2], [2]), votes), 'won')
})

t.test('inflights', async (t) => {
  const window = new Inflights(3, 100)
  for (const index of [2, 4, 6]) window.add(index, 10)
  t.ok(window.full, 'full of messages')
  t.throws(() => window.add(8, 1))
  window.freeTo(1)
  t.equal(window.count, 3, 'an index before the window frees nothing')
  window.freeTo(5)
  t.equal(window.count, 1)
  window.add(7, 95)
  t.ok(window.full, 'full of bytes: the last may overshoot')
  window.check()
  window.freeTo(99)
  t.equal(window.count, 0)
  t.notOk(window.full)
})

t.test('progress', async (t) => {
  const make = (match: number, next: number): Progress =>
    new Progress({ match, next, learner: false, inflightMessagesMax: 2, inflightBytesMax: unbounded })

  const probe = make(0, 10)
  probe.sentEntries(3, 30)
  t.ok(probe.isPaused, 'a probe sends one append with entries at a time')
  t.notOk(probe.maybeDecreaseTo(5, 3), 'a rejection of another append says nothing')
  t.ok(probe.maybeDecreaseTo(9, 4))
  t.equal(probe.next, 5, 'next follows the hint')
  t.notOk(probe.isPaused)
  t.ok(probe.maybeUpdate(6))
  t.notOk(probe.maybeUpdate(4), 'match never falls')
  t.equal(probe.match, 6)

  const replicate = make(3, 4)
  replicate.becomeReplicate()
  replicate.sentEntries(2, 20)
  replicate.sentEntries(1, 10)
  t.equal(replicate.next, 7, 'next runs ahead of the answers')
  t.ok(replicate.isPaused, 'the window is full')
  checkProgress(replicate, 10)
  t.notOk(replicate.maybeDecreaseTo(2, 0), 'a rejection below match is old')
  t.ok(replicate.maybeDecreaseTo(5, 4))
  t.equal(replicate.next, 4, 'back to match')

  const snapshot = make(1, 2)
  snapshot.becomeSnapshot(20)
  t.ok(snapshot.isPaused)
  snapshot.becomeProbe()
  t.equal(snapshot.next, 21, 'goes on after the snapshot')
  checkProgress(snapshot, 20)
})

t.test('log', async (t) => {
  const make = (terms: readonly number[]): RaftLog => {
    const log = new RaftLog(createMemoryStorage(), unbounded)
    log.append(entries(terms))
    return log
  }
  const terms = (log: RaftLog): (number | undefined)[] => Array.from({ length: log.lastIndex }, (_, at) => log.term(at + 1))

  t.test('an append whose entries are all here truncates nothing', async (t) => {
    const log = make([1, 1, 2, 2])
    t.equal(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1)], 0), 2)
    t.strictSame(terms(log), [1, 1, 2, 2])
    t.equal(log.maybeAppend({ index: 0, term: 0 }, [], 0), 0, 'nor does an empty one')
    t.strictSame(terms(log), [1, 1, 2, 2])
  })
  t.test('the first entry that differs truncates the log from there', async (t) => {
    const log = make([1, 1, 2, 2])
    t.equal(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1), entry(3, 3)], 9), 3)
    t.strictSame(terms(log), [1, 1, 3])
    t.equal(log.committed, 3, 'what was not sent is not committed')
    t.throws(() => log.append([entry(3, 4)]), 'a committed entry is never replaced')
  })
  t.test('a commit reaches no further than what the append has shown to match', async (t) => {
    const log = make([1, 1, 2, 2])
    log.maybeAppend({ index: 0, term: 0 }, [entry(1, 1)], 4)
    t.equal(log.committed, 1)
  })
  t.test('an append after an entry that is not here is refused', async (t) => {
    const log = make([1, 1])
    t.equal(log.maybeAppend({ index: 2, term: 2 }, [], 2), undefined)
    t.equal(log.maybeAppend({ index: 3, term: 1 }, [], 2), undefined)
    t.equal(log.committed, 0)
  })
  t.test('the last term decides which log is up to date, then the length', async (t) => {
    const log = make([1, 2, 2])
    t.ok(log.isUpToDate({ index: 1, term: 3 }), 'shorter, but of a later term')
    t.notOk(log.isUpToDate({ index: 9, term: 1 }), 'longer, but of an earlier term')
    t.ok(log.isUpToDate({ index: 3, term: 2 }))
    t.notOk(log.isUpToDate({ index: 2, term: 2 }))
  })
  t.test('the hint of a rejection passes over whole terms', async (t) => {
    const log = make([1, 1, 3, 3, 3, 5])
    t.strictSame(log.findConflictByTerm(6, 4), { index: 5, term: 3 })
    t.strictSame(log.findConflictByTerm(5, 2), { index: 2, term: 1 })
    t.strictSame(log.findConflictByTerm(2, 0), { index: 0, term: 0 })
  })
  t.test('what became durable after it was replaced is not taken for durable', async (t) => {
    const log = make([1, 1, 1])
    log.unstable.accept()
    log.maybeAppend({ index: 1, term: 1 }, [entry(2, 2)], 0)
    log.unstable.stableTo(3, 1)
    t.equal(log.unstable.offset, 1)
    t.strictSame(
      log.unstable.nextEntries.map((e) => e.index),
      [2],
      'the replacement is written next',
    )
    log.unstable.stableTo(2, 2)
    t.equal(log.unstable.offset, 3)
    log.check()
  })
  t.test('reads through durable and unstable entries, limited in bytes', async (t) => {
    const storage = createMemoryStorage({ entries: [entry(1, 1, 100), entry(2, 1, 100)] })
    const log = new RaftLog(storage, unbounded)
    log.append([entry(3, 1, 100), entry(4, 1, 100)])
    const indexes = (bytes: number): number[] | undefined => log.slice(1, 5, bytes)?.map((e) => e.index)
    t.strictSame(indexes(unbounded), [1, 2, 3, 4])
    t.strictSame(indexes(0), [1], 'never none')
    t.strictSame(indexes(360), [1, 2, 3])
  })
})

t.test('memory storage', async (t) => {
  const storage = createMemoryStorage({ members: confState([1, 2, 3]) })
  storage.append(entries([1, 1, 2, 2]))
  storage.append(entries([3], 3))
  t.equal(storage.lastIndex(), 3, 'an entry replaces all from its index on')
  storage.createSnapshot(2, confState([1]), new Uint8Array([7]))
  storage.compact(1)
  t.equal(storage.firstIndex(), 2)
  t.equal(storage.term(1), 1, 'the entry before the first is known by its term')
  t.equal(storage.term(0), undefined)
  t.throws(() => storage.compact(3), 'not beyond the snapshot')
  storage.applySnapshot({ index: 9, term: 4, members: confState([1]), data: new Uint8Array() })
  t.equal(storage.firstIndex(), 10)
  t.equal(storage.lastIndex(), 9)
  t.throws(() => storage.append([entry(11, 4)]), 'no gaps')
})

t.test('membership', async (t) => {
  const change = (
    transition: ConfigChange['transition'],
    ...changes: [ConfigChange['changes'][number]['type'], number][]
  ): ConfigChange => ({
    transition,
    changes: changes.map(([type, id]) => ({ type, id })),
  })
  const after = (members: ConfState, by: ConfigChange): unknown => {
    const result = changeMembers(members, by)
    return result.type === 'changed' ? result.members : result.reason
  }
  const three = confState([1, 2, 3])
  t.strictSame(after(three, change('auto', ['addVoter', 4])), confState([1, 2, 3, 4]))
  t.strictSame(after(three, change('auto', ['addLearner', 3])), confState([1, 2], [3]), 'a voter becomes a learner')
  t.strictSame(after(confState([1]), change('auto', ['remove', 1])), 'removed all voters')
  const swap = change('auto', ['addVoter', 4], ['addLearner', 3], ['remove', 2])
  const both = { voters: [1, 4], votersOutgoing: [1, 2, 3], learners: [], learnersNext: [3], autoLeave: true }
  t.strictSame(after(three, swap), both, 'several changes at once are joint; who still votes is a learner only later')
  t.strictSame(after(both, change('auto', ['remove', 1])), "can't apply simple config change in joint config")
  t.strictSame(after(both, leaveJoint), confState([1, 4], [3]))
  t.strictSame(after(three, leaveJoint), "can't leave a non-joint config")
  t.strictSame(decodeConfigChange(encodeConfigChange(swap)), swap)
  t.strictSame(decodeConfigChange(encodeConfigChange(leaveJoint)), leaveJoint)
})

t.test('a read is confirmed by answers to its own heartbeat or a later one, never by an older one', async (t) => {
  const queue = new ReadQueue()
  const members = confState([1, 2, 3])
  const first = queue.add({ from: 1, context: 'a', index: 5 })
  t.strictSame(queue.echo(1, first, members), [])
  t.strictSame(
    queue.echo(2, first, members).map((read) => read.context),
    ['a'],
  )
  const second = queue.add({ from: 1, context: 'a', index: 9 })
  queue.echo(1, second, members)
  t.strictSame(queue.echo(3, first, members), [], 'the same context again is another attempt')
  t.strictSame(
    queue.echo(3, second, members).map((read) => read.index),
    [9],
  )
})
