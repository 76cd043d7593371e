/** The client on replicas that say what the test wants: what is repeated, what is not, and what is shared. */
import t from 'tap'
import { CodedError, codeOf } from '../../src/base/errors.js'
import type { Context } from '../../src/kernel/context.js'
import { createStoreClient } from '../../src/store/client.js'
import { Keyspace } from '../../src/store/mvcc/keyspace.js'
import { applyTxn } from '../../src/store/mvcc/txn.js'
import type { RangeParams, WatchItem, WatchParams } from '../../src/store/protocol.js'
import { always, put, turnClock } from '../support/store-world.js'

type Answer = (method: string, params: unknown) => Promise<unknown>

/** A context in which every name is a replica that answers so, and a clock of which 10 ms pass with every look. */
function fake(answer: (name: string) => Answer, watch?: (name: string, params: WatchParams) => AsyncIterable<WatchItem>): Context {
  let now = 0
  const actor = (name: string) => ({
    name,
    call: (method: string, params: unknown) => answer(name)(method, params),
    stream: (_method: string, params: WatchParams) => watch?.(name, params),
  })
  return { actor, clock: { ...turnClock, monotonic: () => (now += 10) } } as unknown as Context
}

const fails = (code: string): Promise<never> => Promise.reject(new CodedError(code, code))

t.test('a write is repeated when it certainly was not made, and never when it may have been', async (t) => {
  for (const [code, repeated] of [
    ['NoLeader', true],
    ['ActorNotRunning', true],
    ['Overloaded', true],
    ['LeaderChanged', false],
    ['ActorDown', false],
    ['DeadlineExceeded', false],
    ['Compacted', false],
    ['BadMessage', false],
  ] as const) {
    const asked: string[] = []
    const context = fake((name) => async () => {
      asked.push(name)
      return asked.length === 1 ? fails(code) : { succeeded: true, revision: 2, results: [] }
    })
    const outcome = await createStoreClient(context, ['a', 'b'])
      .txn(put('k', ''))
      .then(() => 'ok', codeOf)
    t.same([outcome, asked], repeated ? ['ok', ['a', 'b']] : [code, ['a']], code)
  }
})

t.test('a read is repeated in all those cases, until the time is over', async (t) => {
  for (const code of ['NoLeader', 'ActorNotRunning', 'Overloaded', 'LeaderChanged', 'ActorDown', 'DeadlineExceeded']) {
    let asked = 0
    const client = createStoreClient(
      fake(() => () => {
        asked++
        return fails(code)
      }),
      ['a', 'b', 'c'],
    )
    t.equal(await client.range({ key: 'k' }, { timeoutMs: 300 }).catch(codeOf), code)
    t.ok(asked > 3, code)
  }
})

t.test('it stays with whoever answers', async (t) => {
  const asked: string[] = []
  const context = fake((name) => async () => {
    asked.push(name)
    return name === 'b' ? { revision: 7 } : fails('ActorNotRunning')
  })
  const client = createStoreClient(context, ['a', 'b'])
  for (let i = 0; i < 3; i++) await client.readRevision()
  t.same(asked, ['a', 'b', 'b', 'b'])
})

t.test('revisions that are asked for together share a question, and never one already asked', async (t) => {
  let revision = 1
  const replies: (() => void)[] = []
  // The answer is as old as the question.
  const context = fake(() => () => {
    const then = revision
    return new Promise((resolve) => replies.push(() => resolve({ revision: then })))
  })
  const client = createStoreClient(context, ['a'])
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const early = [client.readRevision(), client.readRevision()]
  await turn()
  t.equal(replies.length, 1)
  revision = 2
  const late = [client.readRevision(), client.readRevision()]
  await turn()
  replies[0]?.()
  t.same(await Promise.all(early), [1, 1])
  await turn()
  t.equal(replies.length, 2)
  replies[1]?.()
  t.same(await Promise.all(late), [2, 2])
})

t.test('all pages of an answer are of one revision', async (t) => {
  const keyspace = new Keyspace()
  for (let i = 0; i < 12; i++) applyTxn(keyspace, put(`k${String(i).padStart(2, '0')}`, 'x'.repeat(1024 * 1024)))
  let pages = 0
  const context = fake(() => async (_method, params) => {
    const page = keyspace.range(params as RangeParams)
    if (pages++ === 0) applyTxn(keyspace, always({ type: 'delete', key: 'k11' }, { type: 'put', key: 'k12', value: new Uint8Array(1) }))
    return page
  })
  const { items, count, more, revision } = await createStoreClient(context, ['a']).range({ key: 'k', end: 'l' })
  t.ok(pages > 1)
  t.same([items.length, items.at(-1)?.key, count, more, revision], [12, 'k11', 12, false, 13])
})

t.test('a watch goes on elsewhere where it was', async (t) => {
  const opened: string[] = []
  const event = (revision: number): WatchItem => ({
    revision,
    events: [
      {
        type: 'put',
        item: { key: 'k', value: new Uint8Array(), createRevision: 2, modRevision: revision, version: revision, lease: 0 },
      },
    ],
  })
  const context = fake(
    () => async () => ({ revision: 4 }),
    async function* (name, { startRevision = 0 }) {
      opened.push(`${name}@${startRevision}`)
      yield { revision: startRevision - 1, events: [] }
      if (opened.length === 3) throw new CodedError('Compacted', 'gone')
      yield event(startRevision)
      throw new CodedError('ActorDown', 'died')
    },
  )
  const items: WatchItem[] = []
  let ended: string | undefined
  try {
    for await (const item of createStoreClient(context, ['a', 'b']).watch({ key: 'k' })) items.push(item)
  } catch (error) {
    ended = codeOf(error)
  }
  t.same(opened, ['a@5', 'b@6', 'a@7'])
  t.same(
    items.map((item) => `${item.revision}:${item.events.length}`),
    ['4:0', '5:1', '6:1'],
    'it is opened once, as far as its reader sees',
  )
  t.equal(ended, 'Compacted')
})
