/**
 * Raft's invariants: nothing to say of whole clusters of the real core under random faults, and each one breaks by what is planted
 * for it.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/raft.test.js    one seed again
 */
import t from 'tap'
import { createRandom } from '../../../src/base/random.js'
import { createRaftMonitor, type RaftEntry, type RaftObservation, raftInvariants } from '../../../src/chaos/invariants/raft.js'
import { Cluster, type Member } from '../../raft/cluster.js'

const only = process.env['CHECK_SEED']
const seeds = only === undefined ? Array.from({ length: 25 }, (_, at) => at + 1) : [Number(only)]
const decoder = new TextDecoder()

/** A member of the tests' cluster as an observer sees it. */
function observe(member: Member, incarnation: number, timeMs: number): RaftObservation | undefined {
  const state = member.node?.inspect()
  if (!state) return undefined
  const { log, members } = state
  const disk = member.disk.initialState().hardState
  const entries = log.slice(log.firstIndex, log.lastIndex + 1, Number.POSITIVE_INFINITY) ?? []
  const snapshot = member.disk.snapshot()
  return {
    timeMs,
    id: member.id,
    incarnation,
    role: state.role,
    term: state.term,
    vote: state.vote,
    commit: log.committed,
    applied: member.machine.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    entries: entries.map(({ index, term, type, data }) => ({ index, term, hash: `${type} ${decoder.decode(data)}` })),
    ...(log.term(log.firstIndex - 1) === undefined ? {} : { previousTerm: log.term(log.firstIndex - 1) as number }),
    stateHash: member.machine.data.join(),
    ...(snapshot ? { snapshot: { index: Math.min(snapshot.index, member.machine.applied), term: snapshot.term } } : {}),
    durable: { lastIndex: member.disk.lastIndex(), term: disk.term, vote: disk.vote },
    voters: [members.voters, members.votersOutgoing],
    match: Object.fromEntries([...state.progress].map(([id, { match }]) => [id, match])),
  }
}

/** Random moves of a cluster, looked at after each. `tamper` changes what is seen. */
function run(seed: number, tamper: (seen: RaftObservation) => RaftObservation = (seen) => seen) {
  const random = createRandom(`raft ${seed}`)
  const ids = [1, 2, 3]
  const cluster = new Cluster(seed, ids)
  const monitor = createRaftMonitor()
  const starts = new Map(ids.map((id) => [id, 1]))
  let commits = 0
  for (let at = 0; at < 600; at++) {
    const id = random.pick(ids)
    const { node } = cluster.member(id)
    if (!node) {
      if (random.chance(0.2)) {
        cluster.start(id)
        starts.set(id, (starts.get(id) ?? 0) + 1)
      }
    } else {
      const dice = random.float()
      if (dice < 0.01) cluster.crash(id)
      else if (dice < 0.11) cluster.act(id, (node) => node.tick())
      else if (dice < 0.2) cluster.propose(id, `p${at}`)
      else if (dice < 0.22) cluster.compact(id, 2)
      else if (dice < 0.24) cluster.act(id, (node) => node.campaign())
      else if (dice < 0.55) cluster.settle(id)
      else if (cluster.network.length > 0) cluster.deliver(random.below(Math.min(3, cluster.network.length)), { keep: random.chance(0.05) })
    }
    for (const member of cluster.members.values()) {
      const seen = observe(member, starts.get(member.id) ?? 1, at)
      if (seen) monitor.observe(tamper(seen))
    }
    commits = cluster.commitMax
  }
  return { violations: monitor.violations, commits }
}

t.test('clusters of the real core break nothing', async (t) => {
  let commits = 0
  for (const seed of seeds) {
    const result = run(seed)
    commits += result.commits
    if (result.violations.length > 0) t.fail(`seed ${seed}: ${JSON.stringify(result.violations[0])}`)
  }
  t.ok(commits > seeds.length * 5, `${commits} entries committed`)
})

t.test('a member that shows something else is seen in every run', async (t) => {
  let caught = 0
  for (const seed of seeds) {
    const random = createRandom(`tamper ${seed}`)
    const victim = random.between(1, 3)
    // One entry of this member has another content. It is a fault where somebody else shows that entry, too.
    const shown = { spoiled: new Set<number>(), others: new Set<number>() }
    const { violations } = run(seed, (seen) => {
      const third = seen.entries?.find(({ index }) => index === 3)
      if (third) shown[seen.id === victim ? 'spoiled' : 'others'].add(third.term)
      if (seen.id !== victim) return seen
      return { ...seen, entries: (seen.entries ?? []).map((entry) => (entry.index === 3 ? { ...entry, hash: 'spoiled' } : entry)) }
    })
    if (![...shown.spoiled].some((term) => shown.others.has(term))) continue
    if (violations.some(({ invariant }) => invariant === 'LogMatching')) caught++
    else t.fail(`seed ${seed}: not seen`)
  }
  if (only === undefined) t.ok(caught > seeds.length / 2, `${caught} caught`)
})

const entry = (index: number, term: number, hash = `e${index}/${term}`): RaftEntry => ({ index, term, hash })
const member = (id: number, fields: Partial<RaftObservation> = {}): RaftObservation => ({
  timeMs: 0,
  id,
  role: 'follower',
  term: 1,
  commit: 0,
  applied: 0,
  firstIndex: 1,
  lastIndex: fields.entries?.at(-1)?.index ?? 0,
  ...fields,
})
const log = [entry(1, 1), entry(2, 1)]
const synced = { lastIndex: 2, term: 1, vote: 0 }

/** What breaks each invariant, and the same without the fault. */
const planted: Readonly<
  Record<string, { readonly right: readonly RaftObservation[]; readonly wrong: readonly RaftObservation[]; readonly says: RegExp }>
> = {
  ElectionSafety: {
    right: [member(1, { role: 'leader' }), member(2, { role: 'leader', term: 2 })],
    wrong: [member(1, { role: 'leader' }), member(2, { role: 'leader' })],
    says: /leads term 1, which replica 1 leads as well/,
  },
  LeaderAppendOnly: {
    right: [member(1, { role: 'leader', entries: log }), member(1, { term: 2, entries: [entry(1, 1)] })],
    wrong: [member(1, { role: 'leader', entries: log }), member(1, { role: 'leader', entries: [entry(1, 1)] })],
    says: /its log ends at 1, after it ended at 2/,
  },
  LogMatching: {
    right: [member(1, { entries: log }), member(2, { entries: [entry(1, 1), entry(2, 2)], term: 2 })],
    wrong: [member(1, { entries: log, previousTerm: 0 }), member(2, { entries: [entry(2, 1)], previousTerm: 2 })],
    says: /before its entry 2 of term 1 is one of term 2, at replica 1 one of term 1/,
  },
  LeaderCompleteness: {
    right: [member(1, { entries: log, commit: 2 }), member(2, { role: 'leader', term: 2, entries: [...log, entry(3, 2)] })],
    wrong: [member(1, { entries: log, commit: 2 }), member(2, { role: 'leader', term: 2, entries: [entry(1, 1), entry(2, 2)] })],
    says: /leads term 2 without entry 2, which replica 1 committed in term 1/,
  },
  StateMachineSafety: {
    right: [member(1, { entries: log, commit: 2 }), member(2, { entries: log, commit: 2, applied: 2, stateHash: 'x' })],
    wrong: [
      member(1, { entries: log, commit: 2, applied: 2, stateHash: 'x' }),
      member(2, { entries: log, commit: 2, applied: 2, stateHash: 'y' }),
    ],
    says: /its state at 2 is another one than that of replica 1/,
  },
  CommittedIsDurable: {
    right: [
      member(2, { entries: log, durable: synced }),
      member(3, { durable: { ...synced, lastIndex: 0 } }),
      member(1, { role: 'leader', entries: log, commit: 2, durable: synced, voters: [[1, 2, 3]] }),
    ],
    wrong: [
      member(2, { durable: { ...synced, lastIndex: 1 } }),
      member(3, { durable: { ...synced, lastIndex: 0 } }),
      member(1, { role: 'leader', entries: log, commit: 2, durable: synced, voters: [[1, 2, 3]] }),
    ],
    says: /commits entry 2, which 1 of 3 voters have on disk/,
  },
  VoteOnce: {
    right: [member(1, { vote: 2 }), member(1, { incarnation: 2, vote: 3 }), member(1, { incarnation: 2, term: 2, vote: 2 })],
    wrong: [member(1, { durable: { ...synced, vote: 2 } }), member(1, { incarnation: 2, durable: { ...synced, vote: 3 } })],
    says: /votes for replica 2 and for replica 3 in term 1/,
  },
  MonotoneTerm: {
    right: [member(1, { term: 3, durable: { ...synced, term: 2 } }), member(1, { term: 2, incarnation: 2 })],
    wrong: [member(1, { term: 3, durable: { ...synced, term: 3 } }), member(1, { term: 2, incarnation: 2 })],
    says: /term falls from 3 to 2/,
  },
  MonotoneCommit: {
    right: [member(1, { entries: log, commit: 2 }), member(1, { entries: log, commit: 0, incarnation: 2 })],
    wrong: [member(1, { entries: log, commit: 2 }), member(1, { entries: log, commit: 1 })],
    says: /commit falls from 2 to 1/,
  },
  AppliedWithinCommit: {
    right: [member(1, { entries: log, commit: 2, applied: 2, snapshot: { index: 1, term: 1 } })],
    wrong: [member(1, { entries: log, commit: 1, applied: 2 })],
    says: /has applied 2, and committed 1/,
  },
  MatchWithinLog: {
    right: [member(1, { role: 'leader', entries: log, match: { 2: 2 } })],
    wrong: [member(1, { role: 'leader', entries: log, match: { 2: 3 } })],
    says: /believes replica 2 to match 3, and its log ends at 2/,
  },
}

t.test('each invariant is broken by what is planted for it, and by nothing less', async (t) => {
  t.same(Object.keys(planted).sort(), raftInvariants.map(({ name }) => name).sort())
  for (const [name, { right, wrong, says }] of Object.entries(planted)) {
    const judge = (all: readonly RaftObservation[]) => {
      const monitor = createRaftMonitor()
      for (const seen of all) monitor.observe(seen)
      return monitor.violations
    }
    t.same(judge(right), [], `${name}: what is right`)
    const found = judge(wrong).find(({ invariant }) => invariant === name)
    t.match(found?.message ?? 'nothing', says, name)
  }
  const monitor = createRaftMonitor()
  monitor.observe(member(1, { entries: log, commit: 2 }))
  const [first] = monitor.observe(member(2, { entries: [entry(1, 1), entry(2, 1, 'other')], commit: 2, timeMs: 9 }))
  t.match(first, { invariant: 'LogMatching', objects: ['replica 2'], timeMs: 9 })
  t.match(monitor.violations[1], { invariant: 'StateMachineSafety', message: /commits entry 2 of term 1, .* with another content/ })
})
