/**
 * Published data files of Raft (etcd's raft): 4 of quorums, 9 of changes of membership, 28 scripts of whole members, read from the
 * reference data beside the repository. States, messages and Readys must agree word for word, with no file left out; what the scripts' log
 * lines say is not compared. One word is read as those files mean it: whether a snapshot must be synced (reference/environment.ts).
 */
import t from 'tap'
import { type ConfigChange, enterJoint, leave, memberIds, simple } from '../../src/raft/membership.js'
import { quorumIndex, quorumVote } from '../../src/raft/quorum.js'
import { type ConfState, confState, type NodeId } from '../../src/raft/types.js'
import { type Case, casesOf, dataFiles, listOf as list, skip } from './reference/data-file.js'
import { Environment } from './reference/environment.js'

/** All cases of a folder. */
function cases(folder: string): Case[] {
  return dataFiles(`${folder}/testdata`).flatMap((file) => casesOf(`${folder}/testdata`, file))
}

t.test('quorums are as published', { skip }, async (t) => {
  let checked = 0
  for (const { name, command, args, expected } of cases('quorum')) {
    const voters = list(args.get('cfg')).map(Number)
    const outgoing = args.get('cfgj')
    const members: ConfState = { ...confState(voters), votersOutgoing: outgoing === 'zero' ? [] : list(outgoing).map(Number) }
    // Values belong to the members in the order in which these are named first.
    const ids = [...new Set([...voters, ...members.votersOutgoing])]
    const values = new Map(ids.map((id, at) => [id, list(args.get(command === 'vote' ? 'votes' : 'idx'))[at] ?? '_']))
    checked += 1
    if (command === 'vote') {
      const votes = new Map([...values].filter(([, value]) => value !== '_').map(([id, value]) => [id, value === 'y']))
      t.equal(`Vote${quorumVote(members, votes)}`.toLowerCase(), expected.split('\n').at(-1)?.toLowerCase(), name)
    } else {
      const index = quorumIndex(members, (id) => Number(values.get(id)?.replace('_', '0')))
      t.equal(
        index === Number.POSITIVE_INFINITY ? '∞' : String(index),
        expected.split('\n').at(-1)?.replace('<empty majority quorum>', ''),
        name,
      )
    }
  }
  t.ok(checked > 50, `${checked} cases`)
})

t.test('changes of membership are as published', { skip }, async (t) => {
  let checked = 0
  let [file, members, lastIndex] = ['', confState([]), 0]
  let next = new Map<NodeId, number>()
  for (const { name, command, args, input, expected } of cases('confchange')) {
    if (file !== name.split(':')[0]) [file, members, lastIndex, next] = [name.split(':')[0] ?? '', confState([]), 0, new Map()]
    const types = { v: 'addVoter', l: 'addLearner', r: 'remove' } as const
    // 'u' says that a member's address changed, which is no change here.
    const changes = input
      .split(' ')
      .filter((word) => /^[vlr]/.test(word))
      .map((word) => ({ type: types[word[0] as keyof typeof types], id: Number(word.slice(1)) }))
    const change: ConfigChange = { transition: args.get('autoleave') === 'true' ? 'jointImplicit' : 'jointExplicit', changes }
    const result = command === 'simple' ? simple(members, change) : command === 'enter-joint' ? enterJoint(members, change) : leave(members)
    checked += 1
    if (result.type === 'refused') t.equal(result.reason, expected, name)
    else {
      members = result.members
      const before = next
      next = new Map(memberIds(members).map((id) => [id, before.get(id) ?? Math.max(lastIndex, 1)]))
      t.equal(describe(members, next), expected, name)
    }
    lastIndex += 1
  }
  t.ok(checked > 40, `${checked} cases`)
})

function describe(members: ConfState, next: ReadonlyMap<NodeId, number>): string {
  const ids = (list: readonly NodeId[]): string => `(${list.join(' ')})`
  const head =
    `voters=${ids(members.voters)}` +
    (members.votersOutgoing.length > 0 ? `&&${ids(members.votersOutgoing)}` : '') +
    (members.learners.length > 0 ? ` learners=${ids(members.learners)}` : '') +
    (members.learnersNext.length > 0 ? ` learners_next=${ids(members.learnersNext)}` : '') +
    (members.autoLeave ? ' autoleave' : '')
  const lines = [...next].map(([id, index]) => `${id}: StateProbe match=0 next=${index}${members.learners.includes(id) ? ' learner' : ''}`)
  return [head, ...lines].join('\n')
}

t.test('scripts go as published', { skip }, async (t) => {
  const files = dataFiles('testdata')
  let lines = 0
  for (const file of files) {
    const environment = new Environment()
    const differing: unknown[] = []
    for (const step of casesOf('testdata', file)) {
      const [outcome, expected] = [comparable(environment.run(step)), comparable(step.expected)]
      lines += expected === '' ? 0 : expected.split('\n').length
      if (outcome === expected) continue
      differing.push({ name: step.name, command: [step.command, ...step.words].join(' '), outcome, expected })
      // What follows differs for the same reason.
      break
    }
    t.strictSame(differing, [], file)
  }
  t.equal(files.length, 28)
  t.ok(lines > 2500, `${lines} lines of outcomes compared`)
})

/** Without what members log, and without the "ok" that stands for nothing to say. */
function comparable(outcome: string): string {
  return outcome
    .split('\n')
    .filter((line) => line !== 'ok' && !/^\s*(DEBUG|INFO|WARN|ERROR) /.test(line))
    .map((line) => line.trimEnd())
    .join('\n')
}
