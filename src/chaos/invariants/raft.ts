/**
 * Raft's promises, watched while a cluster runs: over what each member can be seen to hold, in the order in which it is seen. What is
 * told here may come from inside (a simulator looks after every step) or from samples of live replicas: nothing is needed but what is
 * known, and what is not known is not judged. The names are those of the paper (figure 3) and of etcd's TLA+ model (MCetcdraft.cfg).
 *
 * Terms: an *incarnation* is one life of a member between two starts. *Durable* is what the member has written and synced. What lives in
 * memory may be forgotten between incarnations (commit, applied, a term or a vote not yet written); what is durable may not.
 */
import type { ReplicaStatus } from '../../store/protocol.js'
import type { Violation } from './violation.js'

/** The name of a log entry, and a hash of its content: of its type and its bytes. */
export interface RaftEntry {
  readonly index: number
  readonly term: number
  readonly hash: number | string
}

/** One member as it is at one moment. */
export interface RaftObservation {
  readonly timeMs: number
  readonly id: number
  /** Rises with each start; default always the same. */
  readonly incarnation?: number
  readonly role: 'follower' | 'preCandidate' | 'candidate' | 'leader' | 'learner'
  readonly term: number
  /** 0: nobody, or not known. */
  readonly vote?: number
  readonly commit: number
  readonly applied: number
  /** The first and last indexes of its log. */
  readonly firstIndex: number
  readonly lastIndex: number
  /** Any part of its log, without gaps: what is new suffices. `previousTerm`: that of the entry before the first. */
  readonly entries?: readonly RaftEntry[]
  readonly previousTerm?: number
  /** The hash of its state machine, at `applied`. */
  readonly stateHash?: number | string
  /** Index and term of its last snapshot. */
  readonly snapshot?: { readonly index: number; readonly term: number }
  /** What is on its disk: the last index, and the term and vote. */
  readonly durable?: { readonly lastIndex: number; readonly term: number; readonly vote: number }
  /** Of a leader: who votes (both halves, when joint), and how far it knows each member to match. */
  readonly voters?: readonly (readonly number[])[]
  readonly match?: Readonly<Record<number, number>>
}

export interface RaftInvariant {
  readonly name: string
  readonly description: string
  readonly source: string
}

const paper = 'Raft paper, figure 3'

/** All that the monitor judges. */
export const raftInvariants = [
  { name: 'ElectionSafety', description: 'At most one member leads in a term.', source: paper },
  {
    name: 'LeaderAppendOnly',
    description: 'A leader never replaces or removes an entry of its log.',
    source: paper,
  },
  {
    name: 'LogMatching',
    description: 'Entries of the same index and term have the same content, and the same entry before them.',
    source: paper,
  },
  { name: 'LeaderCompleteness', description: 'What is committed is in the log of every leader of a later term.', source: paper },
  {
    name: 'StateMachineSafety',
    description: 'No two members commit, or apply, different entries at an index; with the same applied index their states are equal.',
    source: `${paper}; etcd HashKV`,
  },
  {
    name: 'CommittedIsDurable',
    description: 'What a leader commits is on the disks of a majority of its voters, in both halves of a joint configuration.',
    source: 'Raft paper, section 5.3; etcd/raft tla, CommittedIsDurableInv',
  },
  { name: 'VoteOnce', description: 'A member gives at most one vote in a term.', source: 'Raft paper, section 5.2' },
  { name: 'MonotoneTerm', description: "A member's term never falls, not even when it starts again.", source: 'Raft paper, figure 2' },
  {
    name: 'MonotoneCommit',
    description: "A member's commit and applied indexes never fall while it runs.",
    source: 'Raft paper, figure 2',
  },
  {
    name: 'AppliedWithinCommit',
    description: 'A member applies what is committed and commits what is in its log: snapshot <= applied <= commit <= last index.',
    source: 'Raft paper, figure 2',
  },
  {
    name: 'MatchWithinLog',
    description: 'A leader believes no member to match beyond its own log.',
    source: 'Raft paper, figure 2; etcd/raft tla, MatchIndexLeqLastIndex',
  },
] as const satisfies readonly RaftInvariant[]

export type RaftInvariantName = (typeof raftInvariants)[number]['name']

export interface RaftMonitor {
  /** Takes one observation in; returns the violations that are new. */
  observe(seen: RaftObservation): readonly Violation[]
  readonly violations: readonly Violation[]
}

interface Member {
  readonly seen: RaftObservation
  /** What is known of its log, by index; what was replaced is overwritten. */
  readonly log: Map<number, RaftEntry>
}

/** Committed entries, with who was first seen to have it committed. */
interface Committed {
  readonly entry: RaftEntry
  readonly term: number
  readonly by: number
}

export function createRaftMonitor(): RaftMonitor {
  return new Watcher()
}

class Watcher implements RaftMonitor {
  readonly violations: Violation[] = []
  readonly #members = new Map<number, Member>()
  readonly #leaders = new Map<number, number>()
  readonly #votes = new Map<string, number>()
  readonly #entries = new Map<
    string,
    { readonly hash: RaftEntry['hash']; readonly previousTerm: number | undefined; readonly by: number }
  >()
  readonly #committed = new Map<number, Committed>()
  /** Their indexes in the order in which they were seen to be committed, and how many of these each leader was judged by. */
  readonly #commits: number[] = []
  readonly #judged = new Map<string, number>()
  readonly #states = new Map<number, { readonly hash: number | string; readonly by: number }>()
  readonly #told = new Set<string>()

  observe(seen: RaftObservation): readonly Violation[] {
    const start = this.violations.length
    const before = this.#members.get(seen.id)
    this.#checkMarks(seen, before?.seen)
    this.#checkVote(seen)
    const log = before?.log ?? new Map<number, RaftEntry>()
    this.#checkLeader(seen, before, log)
    this.#learnLog(seen, before, log)
    this.#members.set(seen.id, { seen, log })
    this.#checkCommitted(seen, before?.seen, log)
    this.#checkState(seen)
    if (seen.role === 'leader') this.#checkCompleteness(seen, log)
    return this.violations.slice(start)
  }

  /** Each thing once, of one member and one place. */
  #report(invariant: RaftInvariantName, { id, timeMs }: RaftObservation, place: number | string, message: string): void {
    const key = `${invariant} ${id} ${place}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.violations.push({ invariant, objects: [`replica ${id}`], message, timeMs })
  }

  #checkMarks(seen: RaftObservation, before: RaftObservation | undefined): void {
    const { term, commit, applied, lastIndex, snapshot, durable, match, role } = seen
    // A term that was not on disk yet is forgotten in a crash, and nobody was told of it.
    const floor = before && (before.incarnation === seen.incarnation ? before.term : (before.durable?.term ?? 0))
    if (floor !== undefined && term < floor) this.#report('MonotoneTerm', seen, term, `term falls from ${floor} to ${term}`)
    if (durable && before?.durable && durable.term < before.durable.term)
      this.#report('MonotoneTerm', seen, `disk ${durable.term}`, `the term on disk falls from ${before.durable.term} to ${durable.term}`)
    if (before && before.incarnation === seen.incarnation) {
      if (commit < before.commit) this.#report('MonotoneCommit', seen, commit, `commit falls from ${before.commit} to ${commit}`)
      if (applied < before.applied)
        this.#report('MonotoneCommit', seen, `applied ${applied}`, `applied falls from ${before.applied} to ${applied}`)
    }
    if (applied > commit) this.#report('AppliedWithinCommit', seen, applied, `has applied ${applied}, and committed ${commit}`)
    if (commit > lastIndex) this.#report('AppliedWithinCommit', seen, commit, `has committed ${commit}, and its log ends at ${lastIndex}`)
    if (snapshot && snapshot.index > applied)
      this.#report('AppliedWithinCommit', seen, `snapshot ${snapshot.index}`, `has a snapshot at ${snapshot.index}, and applied ${applied}`)
    if (role !== 'leader') return
    for (const [id, index] of Object.entries(match ?? {}))
      if (index > lastIndex)
        this.#report('MatchWithinLog', seen, `${id} ${index}`, `believes replica ${id} to match ${index}, and its log ends at ${lastIndex}`)
  }

  #checkVote(seen: RaftObservation): void {
    // A vote that was not on disk yet is forgotten in a crash, and nobody was told of it: it binds one incarnation.
    const votes = [
      { life: `${seen.incarnation ?? ''}`, term: seen.term, vote: seen.vote ?? 0 },
      ...(seen.durable ? [{ life: 'disk', ...seen.durable }] : []),
    ]
    for (const { life, term, vote } of votes) {
      if (vote === 0) continue
      const key = `${seen.id} ${life} ${term}`
      const known = this.#votes.get(key)
      if (known === undefined) this.#votes.set(key, vote)
      else if (known !== vote) this.#report('VoteOnce', seen, term, `votes for replica ${known} and for replica ${vote} in term ${term}`)
    }
  }

  #checkLeader(seen: RaftObservation, before: Member | undefined, log: ReadonlyMap<number, RaftEntry>): void {
    if (seen.role !== 'leader') return
    const known = this.#leaders.get(seen.term)
    if (known === undefined) this.#leaders.set(seen.term, seen.id)
    else if (known !== seen.id)
      this.#report('ElectionSafety', seen, seen.term, `leads term ${seen.term}, which replica ${known} leads as well`)
    const was = before?.seen
    if (was?.role !== 'leader' || was.term !== seen.term || was.incarnation !== seen.incarnation) return
    if (seen.lastIndex < was.lastIndex)
      this.#report('LeaderAppendOnly', seen, seen.lastIndex, `its log ends at ${seen.lastIndex}, after it ended at ${was.lastIndex}`)
    const replaced = seen.entries?.find((entry) => entry.index <= was.lastIndex && isOther(log.get(entry.index), entry))
    if (replaced)
      this.#report('LeaderAppendOnly', seen, replaced.index, `replaces entry ${replaced.index} while it leads term ${seen.term}`)
  }

  /** Takes in the entries; a log that was cut or replaced is known anew from there. */
  #learnLog(seen: RaftObservation, before: Member | undefined, log: Map<number, RaftEntry>): void {
    let previousTerm = seen.previousTerm
    for (const entry of seen.entries ?? []) {
      const key = `${entry.index}/${entry.term}`
      const known = this.#entries.get(key)
      if (!known) this.#entries.set(key, { hash: entry.hash, previousTerm, by: seen.id })
      else {
        if (known.hash !== entry.hash)
          this.#report(
            'LogMatching',
            seen,
            key,
            `its entry ${entry.index} of term ${entry.term} is another one than at replica ${known.by}`,
          )
        else if (known.previousTerm !== undefined && previousTerm !== undefined && known.previousTerm !== previousTerm)
          this.#report(
            'LogMatching',
            seen,
            key,
            `before its entry ${entry.index} of term ${entry.term} is one of term ${previousTerm}, at replica ${known.by} one of term ${known.previousTerm}`,
          )
        if (known.previousTerm === undefined && previousTerm !== undefined) this.#entries.set(key, { ...known, previousTerm })
      }
      if (isOther(log.get(entry.index), entry)) for (const index of [...log.keys()]) if (index > entry.index) log.delete(index)
      log.set(entry.index, entry)
      previousTerm = entry.term
    }
    const wasLast = before?.seen.lastIndex ?? 0
    for (let index = seen.lastIndex + 1; index <= wasLast; index++) log.delete(index)
  }

  /** What is newly committed here is what is committed elsewhere, and was durable on a majority when a leader committed it. */
  #checkCommitted(seen: RaftObservation, before: RaftObservation | undefined, log: ReadonlyMap<number, RaftEntry>): void {
    const from = before && before.incarnation === seen.incarnation ? before.commit + 1 : seen.firstIndex
    for (let index = Math.max(from, seen.firstIndex); index <= seen.commit; index++) {
      const entry = log.get(index)
      if (!entry) continue
      const known = this.#committed.get(index)
      if (!known) {
        this.#committed.set(index, { entry, term: seen.term, by: seen.id })
        this.#commits.push(index)
        if (seen.role === 'leader') this.#checkDurable(seen, entry)
      } else if (isOther(known.entry, entry))
        this.#report(
          'StateMachineSafety',
          seen,
          index,
          `commits entry ${index} of term ${entry.term}, where replica ${known.by} committed one of term ${known.entry.term}${entry.term === known.entry.term ? ' with another content' : ''}`,
        )
    }
  }

  #checkDurable(seen: RaftObservation, entry: RaftEntry): void {
    const has = (id: number): boolean | undefined => {
      const member = this.#members.get(id)
      const durable = member?.seen.durable
      if (!member || !durable) return undefined
      if ((member.seen.snapshot?.index ?? 0) >= entry.index) return true
      // An observation of another member may be older than its disk: only a leader's own commit must be seen in order.
      return durable.lastIndex >= entry.index && !isOther(member.log.get(entry.index), entry)
    }
    for (const half of seen.voters ?? []) {
      const answers = half.map(has)
      if (half.length === 0 || answers.includes(undefined)) continue
      const count = answers.filter((answer) => answer === true).length
      if (2 * count <= half.length)
        this.#report(
          'CommittedIsDurable',
          seen,
          entry.index,
          `commits entry ${entry.index}, which ${count} of ${half.length} voters have on disk`,
        )
    }
  }

  #checkState(seen: RaftObservation): void {
    if (seen.stateHash === undefined) return
    const known = this.#states.get(seen.applied)
    if (!known) this.#states.set(seen.applied, { hash: seen.stateHash, by: seen.id })
    else if (known.hash !== seen.stateHash)
      this.#report(
        'StateMachineSafety',
        seen,
        `state ${seen.applied}`,
        `its state at ${seen.applied} is another one than that of replica ${known.by}`,
      )
  }

  /** A leader has all that was committed in earlier terms; each entry is judged once for each leader. */
  #checkCompleteness(seen: RaftObservation, log: ReadonlyMap<number, RaftEntry>): void {
    const leader = `${seen.id} ${seen.incarnation ?? ''} ${seen.term}`
    for (let at = this.#judged.get(leader) ?? 0; at < this.#commits.length; at++) {
      const index = this.#commits[at] as number
      const { entry, term, by } = this.#committed.get(index) as Committed
      if (term >= seen.term || index < seen.firstIndex) continue
      if (index > seen.lastIndex || isOther(log.get(index), entry))
        this.#report(
          'LeaderCompleteness',
          seen,
          seen.term,
          `leads term ${seen.term} without entry ${index}, which replica ${by} committed in term ${term}`,
        )
    }
    this.#judged.set(leader, this.#commits.length)
  }
}

/** What a replica of the store tells of itself, as an observation: fit for live clusters, where nobody sees its log. */
export function observationOf(status: ReplicaStatus, place: { readonly incarnation: number; readonly timeMs: number }): RaftObservation {
  const { id, role, term, commitIndex, appliedIndex, lastIndex, hash } = status
  return {
    ...place,
    id,
    role: role === 'pre-candidate' ? 'preCandidate' : role,
    term,
    commit: commitIndex,
    applied: appliedIndex,
    firstIndex: lastIndex + 1,
    lastIndex,
    stateHash: hash,
  }
}

/** Whether what is known at an index is another entry; what is not known is none. */
function isOther(known: RaftEntry | undefined, entry: RaftEntry): boolean {
  return known !== undefined && (known.term !== entry.term || known.hash !== entry.hash)
}
