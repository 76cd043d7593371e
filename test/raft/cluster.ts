/**
 * A whole cluster in one process under one seed: nodes with disks that lose what was not persisted, a network that drops, duplicates,
 * delays and reorders, and a state machine that keeps what it was given. After every move it checks Raft's safety properties (paper,
 * figure 3) against what all nodes together have shown so far. Used by fuzz.test.ts and scenarios.test.ts.
 */
import { createRandom, type Random } from '../../src/base/random.js'
import type { RaftOptions } from '../../src/raft/config.js'
import { decodeConfigChange } from '../../src/raft/membership.js'
import { createMemoryStorage, type MemoryStorage } from '../../src/raft/memory-storage.js'
import { type Acceptance, createRaftNode, type RaftNode } from '../../src/raft/node.js'
import type { Ready } from '../../src/raft/ready.js'
import {
  type ConfState,
  confState,
  type Entry,
  type Message,
  type NodeId,
  type StorageAppend,
  type StorageApply,
  type StorageResponse,
} from '../../src/raft/types.js'

export class SafetyViolation extends Error {}

export function must(condition: unknown, message: string): asserts condition {
  if (!condition) throw new SafetyViolation(message)
}

/** One member: its disk survives, the rest does not. */
export interface Member {
  readonly id: NodeId
  disk: MemoryStorage
  /** Undefined while it is down. */
  node: RaftNode | undefined
  /** What was given out to be written, oldest first, and what to be applied. Without asyncStorageWrites a Ready is first the one, then the other. */
  writing: (Ready | StorageAppend)[]
  applying: (Ready | StorageApply)[]
  /** The state machine: the data of every normal entry, in order, and where it is. */
  machine: { applied: number; members: ConfState; data: string[] }
  commitSeen: number
  termSeen: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class Cluster {
  readonly random: Random
  readonly members = new Map<NodeId, Member>()
  readonly options: Partial<RaftOptions>
  network: Message[] = []
  /** Ordered pairs "from>to" that are cut. */
  readonly cut = new Set<string>()
  /** What the whole cluster has shown: leaders by term, entries by name, committed entries, votes. */
  readonly leaders = new Map<number, NodeId>()
  readonly entries = new Map<string, string>()
  readonly committed = new Map<number, string>()
  readonly votes = new Map<string, NodeId>()
  /** Reads asked for: where, and the index that the answer must reach. */
  readonly reads = new Map<string, { readonly id: NodeId; readonly needed: number }>()
  /** Answers to reads: the index by name. */
  readonly answers = new Map<string, number>()
  readsAnswered = 0
  snapshotsInstalled = 0
  commitMax = 0
  #starts = 0

  constructor(
    seed: number | string,
    ids: readonly NodeId[],
    options: Partial<RaftOptions> = {},
    configuration: ConfState = confState(ids),
  ) {
    this.random = createRandom(seed)
    this.options = options
    for (const id of ids) this.add(id, configuration)
  }

  /** A member that has never run, and takes this for the configuration. */
  add(id: NodeId, configuration: ConfState): void {
    this.members.set(id, {
      id,
      disk: createMemoryStorage({ members: configuration }),
      node: undefined,
      writing: [],
      applying: [],
      machine: { applied: 0, members: configuration, data: [] },
      commitSeen: 0,
      termSeen: 0,
    })
    this.start(id)
  }

  /** Stops a member and starts it again with another disk. */
  replaceDisk(id: NodeId, disk: MemoryStorage): void {
    this.crash(id)
    this.member(id).disk = disk
    this.start(id)
  }

  member(id: NodeId): Member {
    const member = this.members.get(id)
    if (!member) throw new Error(`no member ${id}`)
    return member
  }

  node(id: NodeId): RaftNode {
    const { node } = this.member(id)
    if (!node) throw new Error(`member ${id} is down`)
    return node
  }

  /** Starts a member from its disk: the state machine from the snapshot, the rest from the log. */
  start(id: NodeId): void {
    const member = this.member(id)
    const snapshot = member.disk.snapshot()
    must(snapshot, 'a disk has a snapshot')
    member.machine = { applied: snapshot.index, members: snapshot.members, data: decodeMachine(snapshot.data) }
    member.commitSeen = 0
    this.#starts += 1
    member.node = createRaftNode(
      { electionTicks: 5, ...this.options, id },
      member.disk,
      this.random.fork(`node ${id} start ${this.#starts}`),
    )
    this.check(member)
  }

  /** Everything not persisted is gone. */
  crash(id: NodeId): void {
    const member = this.member(id)
    member.node = undefined
    member.writing = []
    member.applying = []
  }

  /** Calls the node and checks it. */
  act(id: NodeId, action: (node: RaftNode) => void): void {
    const member = this.member(id)
    if (!member.node) return
    action(member.node)
    this.check(member)
  }

  /** Takes the next Ready, sends what may go at once, and leaves the rest to persist() and apply(). */
  take(id: NodeId): boolean {
    const member = this.member(id)
    if (!member.node?.hasReady()) return false
    if (!this.options.asyncStorageWrites && member.writing.length + member.applying.length > 0) return false
    const ready = member.node.ready()
    this.send(ready.messages)
    for (const read of ready.readStates) this.answer(id, read)
    if (!this.options.asyncStorageWrites) member.writing.push(ready)
    if (ready.append) member.writing.push(ready.append)
    if (ready.apply) member.applying.push(ready.apply)
    this.check(member)
    return true
  }

  /** Makes the oldest write durable, then sends what promised it. */
  persist(id: NodeId): boolean {
    const member = this.member(id)
    const work = member.writing.shift()
    if (!work || !member.node) return false
    this.write(member, work)
    if ('responses' in work) this.deliverOwn(id, work.responses)
    else {
      this.send(work.messagesAfterPersist)
      member.applying.push(work)
    }
    return true
  }

  /** Responses of a member's threads: to itself at once, to others through the network. */
  private deliverOwn(id: NodeId, responses: readonly (Message | StorageResponse)[]): void {
    for (const response of responses) {
      if (response.type === 'storageAppendResponse' || response.type === 'storageApplyResponse' || response.to === id)
        this.act(id, (node) => node.step(response))
      else this.send([response])
    }
  }

  private write(member: Member, ready: Pick<Ready, 'snapshot' | 'entries' | 'hardState'>): void {
    const { disk } = member
    const before = disk.initialState().hardState
    if (ready.snapshot) {
      this.snapshotsInstalled += 1
      disk.applySnapshot(ready.snapshot)
      // The state machine is loaded together with the write, before anything later is applied.
      if (ready.snapshot.index > member.machine.applied) {
        member.machine = { applied: ready.snapshot.index, members: ready.snapshot.members, data: decodeMachine(ready.snapshot.data) }
      }
    }
    disk.append(ready.entries)
    if (!ready.hardState) return
    must(ready.hardState.term >= before.term, `member ${member.id} persists term ${ready.hardState.term} after ${before.term}`)
    if (ready.hardState.term === before.term) {
      must(before.vote === 0 || before.vote === ready.hardState.vote, `member ${member.id} changes its vote in term ${before.term}`)
    }
    disk.setHardState(ready.hardState)
  }

  /** Applies what the oldest durable Ready, or the oldest order, says. */
  apply(id: NodeId): boolean {
    const member = this.member(id)
    const work = member.applying.shift()
    if (!work || !member.node) return false
    for (const entry of 'responses' in work ? work.entries : work.committedEntries) this.applyEntry(member, entry)
    if ('responses' in work) this.deliverOwn(id, work.responses)
    else this.act(id, (node) => node.advance(work))
    return true
  }

  private applyEntry(member: Member, entry: Entry): void {
    const { machine } = member
    if (entry.index <= machine.applied) return
    must(entry.index === machine.applied + 1, `member ${member.id} applies ${entry.index} after ${machine.applied}`)
    must(
      this.committed.get(entry.index) === name(entry),
      `member ${member.id} applies ${name(entry)}, committed was ${this.committed.get(entry.index)}`,
    )
    machine.applied = entry.index
    if (entry.type === 'config' && member.node) machine.members = member.node.applyConfigChange(decodeConfigChange(entry.data))
    else if (entry.data.byteLength > 0) machine.data.push(decoder.decode(entry.data))
  }

  private answer(id: NodeId, read: { index: number; context: string }): void {
    const asked = this.reads.get(read.context)
    must(asked?.id === id, `the read ${read.context} was asked for by member ${id}`)
    const { needed } = asked
    must(read.index >= needed, `the read ${read.context} got index ${read.index}, but ${needed} was committed when it was asked`)
    this.readsAnswered += 1
    this.answers.set(read.context, read.index)
  }

  read(id: NodeId, context: string): Acceptance {
    this.reads.set(context, { id, needed: this.commitMax })
    let outcome: Acceptance = 'dropped'
    this.act(id, (node) => {
      outcome = node.readIndex(context)
    })
    return outcome
  }

  propose(id: NodeId, data: string): void {
    this.act(id, (node) => void node.propose(encoder.encode(data)))
  }

  /** Keeps a snapshot of the state machine and forgets the log up to `keep` entries before it. */
  compact(id: NodeId, keep: number): void {
    const member = this.member(id)
    const { applied, members, data } = member.machine
    const snapshot = member.disk.snapshot()
    if (
      !member.node ||
      applied <= (snapshot?.index ?? 0) ||
      applied > member.disk.lastIndex() ||
      applied > member.disk.initialState().hardState.commit
    )
      return
    member.disk.createSnapshot(applied, members, encoder.encode(JSON.stringify(data)))
    member.disk.compact(Math.max(applied - keep, 0))
    this.check(member)
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'voteResponse' && !message.reject) this.checkVote(message.from, message.term, message.to)
      this.network.push(message)
    }
  }

  private checkVote(voter: NodeId, term: number, candidate: NodeId): void {
    const key = `${voter} in term ${term}`
    must((this.votes.get(key) ?? candidate) === candidate, `member ${key} votes for ${this.votes.get(key)} and for ${candidate}`)
    this.votes.set(key, candidate)
    must(this.member(voter).disk.initialState().hardState.term >= term, `the vote of ${key} is durable`)
  }

  /** Delivers one message of the queue, or loses it on a cut link. */
  deliver(at: number, { keep = false } = {}): void {
    const message = this.network[at]
    if (!message) return
    if (!keep) this.network.splice(at, 1)
    const member = this.members.get(message.to)
    const arrives = member?.node !== undefined && !this.cut.has(`${message.from}>${message.to}`)
    if (message.type === 'snapshot') this.act(message.from, (node) => node.reportSnapshot(message.to, arrives))
    if (arrives) this.act(message.to, (node) => node.step(message))
    else if (this.random.chance(0.3)) this.act(message.from, (node) => node.reportUnreachable(message.to))
  }

  /** Everything due at this member, to the end. */
  settle(id: NodeId): boolean {
    let any = false
    for (;;) {
      const did = [this.apply(id), this.persist(id), this.take(id)].some(Boolean)
      if (!did) return any
      any = true
    }
  }

  /** No faults: all messages in order, all writes at once, until nothing is left to do. */
  stabilize(ids: readonly NodeId[] = [...this.members.keys()]): void {
    for (let round = 0; round < 10_000; round++) {
      let any = false
      for (const id of ids) any = this.settle(id) || any
      const due = this.network
      this.network = []
      const held: Message[] = []
      for (const message of due) {
        if (!ids.includes(message.to)) {
          held.push(message)
          continue
        }
        any = true
        this.network.unshift(message)
        this.deliver(0)
      }
      this.network = [...held, ...this.network]
      if (!any) return
    }
    throw new SafetyViolation('the cluster comes to rest when nothing happens')
  }

  get leaderNow(): Member | undefined {
    const leaders = [...this.members.values()].filter((member) => member.node?.status().role === 'leader')
    return leaders.sort((a, b) => (b.node?.status().term ?? 0) - (a.node?.status().term ?? 0))[0]
  }

  /** Raft's properties, as far as this member's last move can have broken them. */
  check(member: Member): void {
    const { node } = member
    if (!node) return
    node.check()
    const state = node.inspect()
    const { log } = state
    must(state.term >= member.termSeen || member.commitSeen === 0, `member ${member.id}: the term does not fall`)
    member.termSeen = state.term
    // Log Matching: an entry's name decides its content and its predecessor's term.
    for (const entry of log.slice(Math.max(log.unstable.offset, log.firstIndex), log.lastIndex + 1, Number.POSITIVE_INFINITY) ?? []) {
      const key = `${entry.index}/${entry.term}`
      const content = `${log.term(entry.index - 1) ?? '?'} ${name(entry)}`
      must(
        (this.entries.get(key) ?? content) === content,
        `entry ${key} is ${this.entries.get(key)} and, at member ${member.id}, ${content}`,
      )
      this.entries.set(key, content)
    }
    must(log.committed >= member.commitSeen, `member ${member.id}: commit falls from ${member.commitSeen} to ${log.committed}`)
    for (let index = Math.max(member.commitSeen + 1, log.firstIndex); index <= log.committed; index++) this.checkCommitted(member, index)
    member.commitSeen = log.committed
    this.commitMax = Math.max(this.commitMax, log.committed)
    if (state.role === 'leader') this.checkLeader(member)
  }

  private checkCommitted(member: Member, index: number): void {
    const state = member.node?.inspect()
    const entry = state?.log.slice(index, index + 1, 0)?.[0]
    must(state && entry, `committed entry ${index} is in the log of ${member.id}`)
    const known = this.committed.get(index)
    must(
      known === undefined || known === name(entry),
      `index ${index} is committed as ${known} and, at member ${member.id}, as ${name(entry)}`,
    )
    this.committed.set(index, name(entry))
    if (state.role !== 'leader' || known !== undefined) return
    // A commit is a promise: a quorum has the entry on its disks.
    const has = (id: NodeId): boolean => {
      const disk = this.members.get(id)?.disk
      return disk !== undefined && ((disk.snapshot()?.index ?? 0) >= index || disk.term(index) === entry.term)
    }
    // Counted here once more, not by the code under test.
    const durable = [state.members.voters, state.members.votersOutgoing].every(
      (half) => half.length === 0 || 2 * half.filter(has).length > half.length,
    )
    must(durable, `leader ${member.id} commits ${name(entry)} at ${index}, which no quorum has on its disks`)
  }

  private checkLeader(member: Member): void {
    const state = member.node?.inspect()
    if (!state) return
    // What a leader counts on is on the disks.
    for (const [id, { match }] of state.progress) {
      const disk = this.members.get(id)?.disk
      const has = disk === undefined || (disk.snapshot()?.index ?? 0) >= match || disk.lastIndex() >= match
      must(has, `leader ${member.id} counts on ${match} at ${id}, whose disk ends at ${disk?.lastIndex()}`)
    }
    const known = this.leaders.get(state.term)
    must(known === undefined || known === member.id, `members ${known} and ${member.id} both lead term ${state.term}`)
    if (known !== undefined) return
    this.leaders.set(state.term, member.id)
    // Leader Completeness: whatever is committed is in the log of every later leader.
    for (const [index, content] of this.committed) {
      if (index < state.log.firstIndex) continue
      const entry = index <= state.log.lastIndex ? state.log.slice(index, index + 1, 0)?.[0] : undefined
      must(entry && name(entry) === content, `leader ${member.id} of term ${state.term} lacks committed ${content} at ${index}`)
    }
  }
}

export function name(entry: Entry): string {
  return `${entry.term} ${entry.type} ${decoder.decode(entry.data)}`
}

function decodeMachine(data: Uint8Array): string[] {
  return data.byteLength === 0 ? [] : (JSON.parse(decoder.decode(data)) as string[])
}
