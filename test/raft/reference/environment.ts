/**
 * Carries out the commands of the published scripts on members of our own, and tells the outcome in the scripts' words. A cluster
 * without time: messages wait in one queue until a command delivers them, and disks are written when a command says so.
 */
import { createRandom } from '../../../src/base/random.js'
import { type ConfigChange, decodeConfigChange, encodeConfigChange, isVoter } from '../../../src/raft/membership.js'
import { createMemoryStorage, type MemoryStorage } from '../../../src/raft/memory-storage.js'
import { createRaftNode, type RaftNode } from '../../../src/raft/node.js'
import type { Ready } from '../../../src/raft/ready.js'
import {
  confState,
  type Entry,
  type Message,
  type NodeId,
  type Snapshot,
  type StorageAppend,
  type StorageApply,
  type StorageResponse,
} from '../../../src/raft/types.js'
import { type Case, listOf } from './data-file.js'
import { describeEntry, describeMessage, describeProgress, describeReady, roleName, typeName } from './describe.js'

interface Member {
  readonly id: NodeId
  readonly node: RaftNode
  readonly disk: MemoryStorage
  readonly async: boolean
  /** The state machine after every applied entry; a snapshot is always the last one. */
  readonly history: Snapshot[]
  readonly appends: StorageAppend[]
  readonly applies: StorageApply[]
}

const electionTicks = 3

export class Environment {
  readonly #members: Member[] = []
  #network: (Message | StorageResponse)[] = []
  /** Encoded changes that were proposed in the older of two forms. */
  readonly #simple = new Set<string>()
  #quiet = false
  #lines: string[] = []

  /** The outcome of one command. */
  run(step: Case): string {
    this.#lines = []
    const error = this.#command(step)
    if (error !== undefined) this.#say(error)
    if (this.#quiet || step.args.get('log-level') === 'none') return error ?? 'ok'
    return this.#lines.length === 0 ? 'ok' : this.#lines.join('\n')
  }

  #say(text: string, indent = ''): void {
    for (const line of text.split('\n')) this.#lines.push(indent + line)
  }

  #member(id: NodeId): Member {
    const member = this.#members[id - 1]
    if (!member) throw new Error(`no member ${id}`)
    return member
  }

  /** Returns what went wrong, in the scripts' words. */
  #command(step: Case): string | undefined {
    const { command, words, args } = step
    const id = Number(words[0])
    const ids = words.filter((word) => /^\d+$/.test(word)).map(Number)
    switch (command) {
      case 'log-level':
        this.#quiet = words[0] === 'none'
        return
      case 'add-nodes':
        for (let count = 0; count < id; count++) this.#add(step)
        return
      case 'campaign':
        this.#member(id).node.campaign()
        return
      case 'propose':
        return this.#member(id).node.propose(new TextEncoder().encode(words[1])) === 'ok' ? undefined : 'raft proposal dropped'
      case 'propose-conf-change':
        return this.#proposeChange(id, step)
      case 'tick-election':
      case 'tick-heartbeat':
        for (let tick = 0; tick < (command === 'tick-election' ? electionTicks : 1); tick++) this.#member(id).node.tick()
        return
      case 'transfer-leadership':
        this.#member(Number(args.get('from'))).node.transferLeadership(Number(args.get('to')))
        return
      case 'forget-leader':
        this.#member(id).node.forgetLeader()
        return
      case 'report-unreachable':
        this.#member(id).node.reportUnreachable(Number(words[1]))
        return
      case 'set-randomized-election-timeout':
        this.#member(id).node.inspect().electionTimeout = Number(args.get('timeout'))
        return
      case 'send-snapshot':
        return this.#sendSnapshot(id, Number(words[1]))
      case 'compact':
        this.#compact(this.#member(id), Number(words[1]))
        return this.#log(id)
      case 'raft-log':
        return this.#log(id)
      case 'raft-state':
        return this.#state()
      case 'status':
        for (const [peer, progress] of this.#member(id).node.inspect().progress) this.#say(`${peer}: ${describeProgress(progress)}`)
        return
      case 'stabilize':
        return this.#stabilize(ids.length === 0 ? this.#members : ids.map((one) => this.#member(one)))
      case 'deliver-msgs':
        return this.#deliverCommand(step)
      case 'process-ready':
        return this.#each(ids, 'handling Ready', (member, indent) => this.#ready(member, indent))
      case 'process-append-thread':
        return this.#each(ids, 'processing append thread', (member, indent) => this.#append(member, indent))
      case 'process-apply-thread':
        return this.#each(ids, 'processing apply thread', (member, indent) => this.#apply(member, indent))
      default:
        throw new Error(`no command "${command}"`)
    }
  }

  /** With several members each has a heading. */
  #each(ids: readonly NodeId[], what: string, action: (member: Member, indent: string) => void): undefined {
    for (const id of ids) {
      if (ids.length > 1) this.#say(`> ${id} ${what}`)
      action(this.#member(id), ids.length > 1 ? '  ' : '')
    }
  }

  #add({ args }: Case): void {
    const ids = (name: string): number[] => listOf(args.get(name)).map(Number)
    const flag = (name: string): boolean => args.get(name) === 'true'
    const id = this.#members.length + 1
    const index = Number(args.get('index') ?? 0)
    const members = confState(ids('voters'), ids('learners'))
    const start: Snapshot = { index, term: index > 0 ? 1 : 0, members, data: new Uint8Array() }
    const disk = createMemoryStorage({ snapshot: start })
    const history = [start]
    const async = flag('async-storage-writes')
    const inflight = args.get('inflight')
    const committed = args.get('max-committed-size-per-ready')
    const node = createRaftNode(
      {
        id,
        electionTicks,
        preVote: flag('prevote'),
        checkQuorum: flag('checkquorum'),
        leaseReads: args.get('read-only') === 'lease-based',
        applied: index,
        messageBytesMax: Number.POSITIVE_INFINITY,
        ...(inflight === undefined ? { inflightMessagesMax: Number.MAX_SAFE_INTEGER } : { inflightMessagesMax: Number(inflight) }),
        ...(committed === undefined ? {} : { committedBytesMax: Number(committed) }),
        stepDownOnRemoval: flag('step-down-on-removal'),
        disableConfigChangeValidation: flag('disable-conf-change-validation'),
        asyncStorageWrites: async,
      },
      { ...disk, snapshot: () => history.at(-1) },
      createRandom(id),
    )
    this.#members.push({ id, node, disk, async, history, appends: [], applies: [] })
  }

  #proposeChange(id: NodeId, { args, input }: Case): string | undefined {
    const types = { v: 'addVoter', l: 'addLearner', r: 'remove' } as const
    const changes = input
      .split(' ')
      .filter((word) => /^[vlr]/.test(word))
      .map((word) => ({ type: types[word[0] as keyof typeof types], id: Number(word.slice(1)) }))
    const transitions = { implicit: 'jointImplicit', explicit: 'jointExplicit' } as const
    const wanted = args.get('transition')
    const transition = wanted === 'implicit' || wanted === 'explicit' ? transitions[wanted] : 'auto'
    const change: ConfigChange = { transition, changes }
    if (args.get('v1') === 'true') this.#simple.add(encodeConfigChange(change).join())
    return this.#member(id).node.proposeConfigChange(change) === 'ok' ? undefined : 'raft proposal dropped'
  }

  readonly #isSimple = (entry: Entry): boolean => this.#simple.has(entry.data.join())

  #sendSnapshot(from: NodeId, to: NodeId): undefined {
    const { node, history } = this.#member(from)
    const snapshot = history.at(-1)
    if (!snapshot) throw new Error(`member ${from} has a snapshot`)
    const message: Message = { type: 'snapshot', from, to, term: node.status().term, snapshot }
    this.#network.push(message)
    this.#say(describeMessage(message, this.#isSimple))
  }

  #compact({ disk, history }: Member, index: number): void {
    const members = history.at(-1)?.members ?? confState([])
    disk.createSnapshot(index, members, new Uint8Array())
    disk.compact(index)
  }

  #log(id: NodeId): undefined {
    const { disk } = this.#member(id)
    const [first, last] = [disk.firstIndex(), disk.lastIndex()]
    if (last < first) this.#say(`log is empty: first index=${first}, last index=${last}`)
    else for (const entry of disk.entries(first, last + 1, Number.POSITIVE_INFINITY)) this.#say(describeEntry(entry, this.#isSimple))
  }

  #state(): undefined {
    for (const { id, node } of this.#members) {
      const { role, term, leader, members } = node.status()
      this.#say(`${id}: ${roleName(role)} (${isVoter(members, id) ? 'Voter' : 'Non-Voter'}) Term:${term} Lead:${leader}`)
    }
  }

  #stabilize(members: readonly Member[]): undefined {
    for (let did = true; did; ) {
      did = false
      const each = (what: string, due: (member: Member) => boolean, action: (member: Member) => void): void => {
        for (const member of members) {
          if (!due(member)) continue
          did = true
          this.#say(`> ${member.id} ${what}`)
          action(member)
        }
      }
      each(
        'handling Ready',
        ({ node }) => node.hasReady(),
        (member) => this.#ready(member, '  '),
      )
      each(
        'receiving messages',
        ({ id }) => this.#network.some((message) => message.to === id),
        ({ id }) => void this.#deliver({ id, drop: false, type: undefined, indent: '  ' }),
      )
      each(
        'processing append thread',
        ({ appends }) => appends.length > 0,
        (member) => {
          while (member.appends.length > 0) this.#append(member, '  ')
        },
      )
      each(
        'processing apply thread',
        ({ applies }) => applies.length > 0,
        (member) => {
          while (member.applies.length > 0) this.#apply(member, '  ')
        },
      )
    }
  }

  #deliverCommand({ words, args }: Case): undefined {
    let count = 0
    for (const word of words) {
      const drop = word.startsWith('drop=')
      if (!drop && word.includes('=')) continue
      const ids = drop ? listOf(word.slice('drop='.length)) : [word]
      for (const id of ids) count += this.#deliver({ id: Number(id), drop, type: args.get('type'), indent: '' })
    }
    if (count === 0) this.#say('no messages')
  }

  /** Delivers what waits for a member, or loses it; a member's messages to itself are not lost. Returns how many. */
  #deliver({ id, drop, type, indent }: { id: NodeId; drop: boolean; type: string | undefined; indent: string }): number {
    const local = (message: Message | StorageResponse): boolean => message.from === message.to || message.from < 0
    const due = this.#network.filter(
      (message) => message.to === id && !(drop && local(message)) && (type === undefined || typeName(message) === type),
    )
    this.#network = this.#network.filter((message) => !due.includes(message))
    for (const message of due) {
      this.#say(`${drop ? 'dropped: ' : ''}${describeMessage(message, this.#isSimple)}`, indent)
      if (drop) continue
      const { node } = this.#member(id)
      const unknown = message.from > 0 && message.type.endsWith('Response') && !node.inspect().progress.has(message.from)
      node.step(message)
      if (unknown) this.#say('raft: cannot step as peer not found', indent)
    }
    return due.length
  }

  #ready(member: Member, indent: string): void {
    const { node, disk, async } = member
    if (!node.hasReady()) {
      this.#say('<empty Ready>', indent)
      return
    }
    const before = disk.initialState().hardState
    const ready = node.ready()
    this.#say(describeReady(ready, mustSync(ready, before), this.#isSimple), indent)
    this.#network.push(...ready.messages, ...ready.messagesAfterPersist)
    if (ready.append) member.appends.push(ready.append)
    if (ready.apply) member.applies.push(ready.apply)
    if (async) return
    this.#write(member, ready)
    this.#applyEntries(member, ready.committedEntries)
    node.advance(ready)
  }

  #append(member: Member, indent: string): void {
    const order = member.appends.shift()
    if (!order) return this.#say('no append work to perform', indent)
    this.#carryOut(order, indent)
    this.#write(member, order)
  }

  #apply(member: Member, indent: string): void {
    const order = member.applies.shift()
    if (!order) return this.#say('no apply work to perform', indent)
    this.#carryOut(order, indent)
    this.#applyEntries(member, order.entries)
  }

  #carryOut(order: StorageAppend | StorageApply, indent: string): void {
    this.#say('Processing:', indent)
    this.#say(describeMessage({ ...order, responses: [] }, this.#isSimple), indent)
    this.#say('Responses:', indent)
    for (const response of order.responses) this.#say(describeMessage(response, this.#isSimple), indent)
    this.#network.push(...order.responses)
  }

  #write({ disk, history }: Member, { snapshot, entries, hardState }: Pick<Ready, 'snapshot' | 'entries' | 'hardState'>): void {
    if (snapshot) {
      disk.applySnapshot(snapshot)
      history.push(snapshot)
    }
    disk.append(entries)
    if (hardState) disk.setHardState(hardState)
  }

  #applyEntries({ node, history }: Member, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const last = history.at(-1)
      if (!last) throw new Error('a history has a beginning')
      const members = entry.type === 'config' ? node.applyConfigChange(decodeConfigChange(entry.data)) : last.members
      history.push({ index: entry.index, term: entry.term, members, data: last.data })
    }
  }
}

/**
 * The files leave it to the caller that a snapshot must be synced, and say so of entries, terms and votes only; Ready.mustSync counts
 * snapshots too.
 */
function mustSync({ entries, hardState, snapshot, mustSync: ours }: Ready, before: { term: number; vote: number }): boolean {
  const theirs = entries.length > 0 || (hardState !== undefined && (hardState.term !== before.term || hardState.vote !== before.vote))
  return snapshot && ours ? theirs : ours
}
