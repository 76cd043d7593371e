/**
 * The interpreter of scripts/*.md. A script is prose for people with commands for the machine between: lines indented by four spaces, at most
 * one command each; what follows "=>" is the expected outcome, and `expect` is a command that is nothing else. The first line is the title;
 * a line "Guards against: a, b" names mutants of the core (src/raft/mutants.ts) with which the script must fail. The whole cluster's
 * safety is checked after every move (cluster.ts), so that a script fails too when a promise is broken that it does not mention.
 *
 *   cluster 1 2 3 [learners 4] [preVote=off ...]   members and options of the core; the first command
 *   member 4 [empty]                               one more, outside; it knows the cluster's first configuration, or none
 *   disk 1 terms=1,1,2 [term=2 vote=1 commit=1 voters=1,2 outgoing=3 change=2:remove:1]    restarts it with this on its disk
 *   tick 1 [x5] · tick all · run x40               time passes; `run` delivers everything after each tick
 *   timeout 1 7                                    the member's present election timeout, in ticks
 *   campaign 1 · transfer 1 3 · forget 1 · lost 2 1        (the lead is at 1, and goes to 3; 2 is told that 1 has died)
 *   propose 1 word · read 1 name · change 1 addVoter:4 remove:2 [jointExplicit]    with "=> dropped" when nobody takes it
 *   ready 1 · persist 1 · apply 1 · settle 1       take a Ready; write it; apply it; all that is due
 *   deliver|drop [type] [1>2|1>|>2] [x1]           messages that wait in the network now, or so many of them
 *   copy append 1>2 as old · inject old            keeps a copy of the first such message, and puts it back
 *   next 1 3 1                                     leader 1 goes on at index 1 with follower 3, as if it knew nothing
 *   stabilize [1 2] · crash 1 · start 1 · compact 1 [keep] · cut 1>2 · isolate 1 · heal · unreachable 1 2
 *   expect 1 role=leader term=2 leader=1 vote=1 commit=3 applied=3 last=3 first=1 log=1,1,2 data=a,b voters=1,2 outgoing= learners=
 *            progress2=replicate/3/4               state, match and next of a follower
 *   expect reads name=3|none · expect network append 1>2 x1 · expect leaders 1|one|none
 */
import type { RaftOptions } from '../../src/raft/config.js'
import { type ConfigChange, encodeConfigChange } from '../../src/raft/membership.js'
import { createMemoryStorage } from '../../src/raft/memory-storage.js'
import type { RaftMutant } from '../../src/raft/mutants.js'
import { type ConfState, confState, type Entry, type Message, type NodeId } from '../../src/raft/types.js'
import { Cluster } from './cluster.js'

export interface Script {
  readonly title: string
  readonly mutants: readonly string[]
  readonly commands: readonly { readonly line: number; readonly text: string }[]
}

/** Takes a script apart. */
export function parseScript(source: string): Script {
  const lines = source.split('\n')
  const guards = lines.find((line) => line.startsWith('Guards against:'))
  return {
    title: (lines[0] ?? '').replace(/^# /, ''),
    mutants:
      guards
        ?.slice('Guards against:'.length)
        .split(',')
        .map((name) => name.trim().replace(/^`|`$/g, '')) ?? [],
    commands: lines.flatMap((text, at) => (/^ {4}\S/.test(text) ? [{ line: at + 1, text: text.trim() }] : [])),
  }
}

/** Runs a script with these bugs on purpose. Returns why it failed; undefined when everything went as written. */
export function runScript(script: Script, mutants: readonly RaftMutant[] = []): string | undefined {
  const stage = new Stage(script.title, mutants)
  for (const { line, text } of script.commands) {
    const [command = '', expected = ''] = text.split(/\s*=>\s*/)
    try {
      const outcome = stage.run(command)
      if (outcome !== expected) return `line ${line}: ${command}\n  expected: ${expected}\n  outcome:  ${outcome}`
    } catch (error) {
      return `line ${line}: ${text}\n  ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return undefined
}

const text = (data: string): Uint8Array => new TextEncoder().encode(data)
const numbers = (list = ''): number[] => (list === '' ? [] : list.split(',').map(Number))

/** `a=1 b=2` among words. */
function options(words: readonly string[]): Map<string, string> {
  return new Map(
    words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  )
}

class Stage {
  readonly #seed: string
  readonly #mutants: readonly RaftMutant[]
  readonly #kept = new Map<string, Message>()
  #cluster: Cluster | undefined
  /** The configuration that the cluster began with. */
  #first = confState([])

  constructor(seed: string, mutants: readonly RaftMutant[]) {
    this.#seed = seed
    this.#mutants = mutants
  }

  get #now(): Cluster {
    if (!this.#cluster) throw new Error('a script begins with "cluster"')
    return this.#cluster
  }

  /** Carries out one command; the outcome is empty unless there is something to say. */
  run(line: string): string {
    const [command = '', ...words] = line.split(/\s+/)
    if (command === 'cluster') return this.#open(words)
    if (command === 'expect') return this.#expect(words)
    return this.#time(command, words) ?? this.#ask(command, words) ?? this.#move(command, words)
  }

  #open(words: readonly string[]): string {
    const learnersAt = words.indexOf('learners')
    const id = (word: string): boolean => /^\d+$/.test(word)
    const voters = (learnersAt < 0 ? words : words.slice(0, learnersAt)).filter(id).map(Number)
    const learners = (learnersAt < 0 ? [] : words.slice(learnersAt)).filter(id).map(Number)
    const values = { on: true, off: false } as Record<string, boolean>
    const given = [...options(words)].map(([name, value]) => [name, values[value] ?? Number(value)])
    const settings = { ...(Object.fromEntries(given) as Partial<RaftOptions>), mutants: this.#mutants }
    this.#first = confState(voters, learners)
    this.#cluster = new Cluster(this.#seed, [...voters, ...learners], settings, this.#first)
    return ''
  }

  /** Time and elections. */
  #time(command: string, words: readonly string[]): string | undefined {
    const cluster = this.#now
    const id = Number(words[0])
    const times = Number(words.find((word) => /^x\d+$/.test(word))?.slice(1) ?? 1)
    const ids = words[0] === 'all' || command === 'run' ? [...cluster.members.keys()] : [id]
    switch (command) {
      case 'tick':
      case 'run':
        for (let tick = 0; tick < times; tick++) {
          for (const one of ids) cluster.act(one, (node) => node.tick())
          if (command === 'run') cluster.stabilize()
        }
        return ''
      case 'timeout':
        cluster.node(id).inspect().electionTimeout = Number(words[1])
        return ''
      case 'campaign':
        cluster.act(id, (node) => node.campaign())
        return ''
      case 'transfer':
        cluster.act(id, (node) => node.transferLeadership(Number(words[1])))
        return ''
      case 'lost':
        cluster.act(id, (node) => node.leaderLost(Number(words[1])))
        return ''
      case 'forget':
        cluster.act(id, (node) => node.forgetLeader())
        return ''
      default:
        return undefined
    }
  }

  /** What clients ask for. */
  #ask(command: string, words: readonly string[]): string | undefined {
    const cluster = this.#now
    const id = Number(words[0])
    let outcome = ''
    const note = (acceptance: string): void => {
      outcome = acceptance === 'ok' ? '' : acceptance
    }
    switch (command) {
      case 'propose':
        cluster.act(id, (node) => note(node.propose(text(words[1] ?? ''))))
        return outcome
      case 'read':
        note(cluster.read(id, words[1] ?? ''))
        return outcome
      case 'change': {
        const changes = words.filter((word) => word.includes(':')).map(parseChange)
        const transition = words.find((word): word is 'jointExplicit' | 'jointImplicit' => word.startsWith('joint')) ?? 'auto'
        cluster.act(id, (node) => note(node.proposeConfigChange({ transition, changes })))
        return outcome
      }
      default:
        return undefined
    }
  }

  /** Disks, the network, and faults. */
  #move(command: string, words: readonly string[]): string {
    const cluster = this.#now
    const id = Number(words[0])
    const all = [...cluster.members.keys()]
    switch (command) {
      case 'member':
        cluster.add(id, words[1] === 'empty' ? confState([]) : this.#first)
        break
      case 'disk':
        this.#disk(id, options(words))
        break
      case 'ready':
        cluster.take(id)
        break
      case 'persist':
        cluster.persist(id)
        break
      case 'apply':
        cluster.apply(id)
        break
      case 'settle':
        cluster.settle(id)
        break
      case 'stabilize':
        cluster.stabilize(words.length === 0 ? all : words.map(Number))
        break
      case 'crash':
        cluster.crash(id)
        break
      case 'start':
        cluster.start(id)
        break
      case 'compact':
        cluster.compact(id, Number(words[1] ?? 0))
        break
      case 'cut':
        for (const pair of words) cluster.cut.add(pair)
        break
      case 'isolate':
        for (const other of all) if (other !== id) cluster.cut.add(`${id}>${other}`).add(`${other}>${id}`)
        break
      case 'heal':
        cluster.cut.clear()
        break
      case 'next': {
        const progress = cluster.node(id).inspect().progress.get(Number(words[1]))
        if (!progress) throw new Error('only a leader has followers')
        Object.assign(progress, { match: 0, next: Number(words[2]), state: 'probe', paused: false })
        progress.inflights.reset()
        break
      }
      case 'unreachable':
        cluster.act(id, (node) => node.reportUnreachable(Number(words[1])))
        break
      case 'deliver':
      case 'drop':
        this.#deliver(words, command === 'drop')
        break
      case 'copy': {
        const [message] = this.#matching(words.slice(0, words.indexOf('as')))
        if (!message) throw new Error('there is no such message')
        this.#kept.set(words.at(-1) ?? '', message)
        break
      }
      case 'inject': {
        const message = this.#kept.get(words[0] ?? '')
        if (!message) throw new Error('no message was kept under this name')
        cluster.network.push(message)
        break
      }
      default:
        throw new Error(`no command "${command}"`)
    }
    return ''
  }

  /** Entries are named by their term and index, so that logs with equal entries agree. */
  #disk(id: NodeId, given: ReadonlyMap<string, string>): void {
    const terms = numbers(given.get('terms'))
    const [changeAt, ...change] = (given.get('change') ?? '').split(':')
    const entries = terms.map((term, at): Entry => {
      if (at + 1 === Number(changeAt))
        return {
          index: at + 1,
          term,
          type: 'config',
          data: encodeConfigChange({ transition: 'auto', changes: [parseChange(change.join(':'))] }),
        }
      return { index: at + 1, term, type: 'normal', data: text(`${term}.${at + 1}`) }
    })
    const before = this.#now.member(id).machine.members
    const voters = given.get('voters')
    const members: ConfState =
      voters === undefined
        ? before
        : { ...confState(numbers(voters), numbers(given.get('learners'))), votersOutgoing: numbers(given.get('outgoing')) }
    const hardState = {
      term: Number(given.get('term') ?? terms.at(-1) ?? 0),
      vote: Number(given.get('vote') ?? 0),
      commit: Number(given.get('commit') ?? 0),
    }
    this.#now.replaceDisk(id, createMemoryStorage({ members, entries, hardState }))
  }

  /** Messages waiting, of a type and between members, of which any may be left open. */
  #matching(words: readonly string[]): Message[] {
    const type = words.find((word) => /^[a-z]\w+$/i.test(word) && !/^x\d+$/.test(word))
    const [from = '', to = ''] = words.find((word) => word.includes('>'))?.split('>') ?? []
    return this.#now.network.filter(
      (message) =>
        (type === undefined || message.type === type) &&
        (from === '' || message.from === Number(from)) &&
        (to === '' || message.to === Number(to)),
    )
  }

  #deliver(words: readonly string[], drop: boolean): void {
    const limit = Number(words.find((word) => /^x\d+$/.test(word))?.slice(1) ?? Number.POSITIVE_INFINITY)
    for (const message of this.#matching(words).slice(0, limit)) {
      const at = this.#now.network.indexOf(message)
      if (!drop) this.#now.deliver(at)
      else {
        this.#now.network.splice(at, 1)
        if (message.type === 'snapshot') this.#now.act(message.from, (node) => node.reportSnapshot(message.to, false))
      }
    }
  }

  /** The outcome is empty if all is as expected, and else what it is instead. */
  #expect(words: readonly string[]): string {
    const cluster = this.#now
    const wrong: string[] = []
    const compare = (name: string, value: string | number, expected: string): void => {
      if (String(value) !== expected) wrong.push(`${name}=${value}`)
    }
    const count = words.find((word) => /^x\d+$/.test(word))?.slice(1) ?? '1'
    if (words[0] === 'network') compare(words.slice(1, -1).join(' '), this.#matching(words.slice(1)).length, count)
    else if (words[0] === 'reads') for (const [name, index] of options(words)) compare(name, cluster.answers.get(name) ?? 'none', index)
    else if (words[0] === 'leaders') {
      const leaders = [...cluster.members.values()].filter(({ node }) => node?.status().role === 'leader').map(({ id }) => id)
      if (words[1] === 'one') compare('leaders', leaders.length, '1')
      else compare('leaders', leaders.length === 0 ? 'none' : leaders.join(), words[1] ?? '')
    } else for (const [name, expected] of options(words)) compare(name, this.#fact(Number(words[0]), name), expected)
    return wrong.join(' ')
  }

  #fact(id: NodeId, name: string): string | number {
    const { machine, disk } = this.#now.member(id)
    const status = this.#now.node(id).status()
    const follower = name.startsWith('progress') ? status.progress.get(Number(name.slice('progress'.length))) : undefined
    switch (name) {
      case 'role':
        return status.role
      case 'term':
      case 'leader':
      case 'vote':
      case 'commit':
        return status[name]
      case 'applied':
        return machine.applied
      case 'last':
        return status.lastIndex
      case 'first':
        return status.firstIndex
      case 'log':
        return disk
          .entries(disk.firstIndex(), disk.lastIndex() + 1, Number.POSITIVE_INFINITY)
          .map((entry) => entry.term)
          .join()
      case 'data':
        return machine.data.join()
      case 'voters':
        return status.members.voters.join()
      case 'outgoing':
        return status.members.votersOutgoing.join()
      case 'learners':
        return status.members.learners.join()
      default:
        return follower ? `${follower.state}/${follower.match}/${follower.next}` : 'unknown'
    }
  }
}

function parseChange(word: string): ConfigChange['changes'][number] {
  const [type = '', id] = word.split(':')
  if (type !== 'addVoter' && type !== 'addLearner' && type !== 'remove') throw new Error(`no change "${type}"`)
  return { type, id: Number(id) }
}
