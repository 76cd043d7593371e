/**
 * Published data files of quorums and of changes of membership (etcd's raft: quorum/testdata, confchange/testdata), read from the
 * reference data beside the repository; TROUPE_REFERENCE names another place.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type ConfigChange, enterJoint, leave, memberIds, simple } from '../../src/raft/membership.js'
import { quorumIndex, quorumVote } from '../../src/raft/quorum.js'
import { type ConfState, confState, type NodeId } from '../../src/raft/types.js'

const reference = join(process.env['TROUPE_REFERENCE'] ?? join(process.cwd(), '..', 'shared'), 'raft-scripts')
const skip = existsSync(reference) ? false : `no reference data in ${reference}`

interface Case {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyMap<string, string>
  readonly input: string
  readonly expected: string
}

/** Cases of one file: a command, its input, a line of dashes, the output up to an empty line. */
function cases(folder: string): Case[] {
  const dir = join(reference, folder, 'testdata')
  return readdirSync(dir)
    .sort()
    .flatMap((file) => {
      const found: Case[] = []
      let head: string[] = []
      let body: string[] | undefined
      for (const [at, line] of [...readFileSync(join(dir, file), 'utf8').split('\n'), ''].entries()) {
        if (body === undefined && line === '----') body = []
        else if (body === undefined) {
          if (line !== '' && !line.startsWith('#')) head.push(line)
        } else if (line !== '') body.push(line)
        else {
          const [command = '', ...rest] = head
          const args = new Map([...command.matchAll(/(\w+)=(\([^)]*\)|\S+)/g)].map((m) => [m[1] ?? '', m[2] ?? '']))
          found.push({
            name: `${file}:${at}`,
            command: command.split(' ')[0] ?? '',
            args,
            input: rest.join(' '),
            expected: body.join('\n'),
          })
          head = []
          body = undefined
        }
      }
      return found
    })
}

const list = (text = ''): string[] =>
  text
    .replace(/[()]/g, '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

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
