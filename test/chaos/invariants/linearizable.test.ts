/**
 * The linearizability checker gives the known verdict on every published history (TROUPE_REFERENCE names the place of the reference
 * data), and on random ones: those that a model made are legal, and those with an answer that no order explains are not.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/linearizable.test.js    one seed again
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createRandom, type Random } from '../../../src/base/random.js'
import { createHistoryRecorder, mergeHistories, type Operation } from '../../../src/chaos/history.js'
import { checkLinearizable, describeCounterexample } from '../../../src/chaos/invariants/linearizable.js'
import type { Model } from '../../../src/chaos/invariants/model.js'
import { type ApiObjectInput, apiObjectModel } from '../../../src/chaos/invariants/models/api-object.js'
import { type KeyValueInput, type KeyValueOutput, keyValueModel } from '../../../src/chaos/invariants/models/key-value.js'
import { type RegisterInput, type RegisterOutput, registerModel } from '../../../src/chaos/invariants/models/register.js'

const reference = join(process.env['TROUPE_REFERENCE'] ?? join(process.cwd(), '..', 'shared'), 'histories')
const skip = existsSync(reference) ? false : `no reference data in ${reference}`
const only = process.env['CHECK_SEED']
const seeds = only === undefined ? Array.from({ length: 150 }, (_, at) => at + 1) : [Number(only)]

type Open<I, O> = { -readonly [K in keyof Operation<I, O>]: Operation<I, O>[K] }

/** Lines of `process type f value` in their order, which is their time. A process that got no answer comes back under its own name. */
function history<I, O>(lines: readonly { client: string; type: string; input: () => I; output: () => O | undefined }[]): Operation<I, O>[] {
  const open = new Map<string, Open<I, O>>()
  const all: Open<I, O>[] = []
  for (const [instant, { client, type, input, output }] of lines.entries()) {
    if (type === 'invoke') {
      const operation: Open<I, O> = { client, input: input(), outcome: 'unknown', call: instant }
      all.push(operation)
      open.set(client, operation)
      continue
    }
    const operation = open.get(client)
    if (!operation) throw new Error(`line ${instant} answers nothing`)
    open.delete(client)
    const answer = output()
    if (answer !== undefined) Object.assign(operation, { outcome: 'ok', return: instant, output: answer })
    else if (type === 'fail') Object.assign(operation, { outcome: 'failed', return: instant })
  }
  return all
}

function jepsen(text: string): Operation<RegisterInput, RegisterOutput>[] {
  const lines = [...text.matchAll(/jepsen\.util - (\d+)\t:(\w+)\t:(\w+)\t(.+)$/gm)].map(
    ([, client = '', type = '', f = '', value = '']) => ({
      client,
      type,
      input: (): RegisterInput => {
        if (f === 'read') return { type: 'read' }
        if (f === 'write') return { type: 'write', value: Number(value) }
        const [from, to] = value.slice(1, -1).split(' ').map(Number)
        return { type: 'cas', from: from as number, to: to as number }
      },
      output: (): RegisterOutput | undefined => {
        if (value === ':timed-out') return undefined
        if (f === 'read') return { type: 'value', value: value === 'nil' ? null : Number(value) }
        return f === 'write' ? { type: 'done' } : { type: 'swapped', swapped: type === 'ok' }
      },
    }),
  )
  return history(lines)
}

function keyValues(text: string): Operation<KeyValueInput, KeyValueOutput>[] {
  const pattern = /^\{:process (\d+), :type :(\w+), :f :(\w+), :key "(.*)", :value (nil|"(.*)")\}$/gm
  const lines = [...text.matchAll(pattern)].map(([, client = '', type = '', f = '', key = '', , value = '']) => ({
    client,
    type,
    input: (): KeyValueInput => (f === 'get' ? { type: 'get', key } : { type: f as 'put' | 'append', key, value }),
    output: (): KeyValueOutput => (f === 'get' ? value : null),
  }))
  return history(lines)
}

t.test('every published history has its known verdict', { skip }, async (t) => {
  const verdicts = readFileSync(join(reference, 'jepsen', 'verdicts.txt'), 'utf8')
    .trim()
    .split('\n')
  let steps = 0
  for (const line of verdicts) {
    const [name = '', legal = ''] = line.split(' ')
    const operations = jepsen(readFileSync(join(reference, 'jepsen', `${name}.log`), 'utf8'))
    const result = checkLinearizable(registerModel, operations)
    steps += result.steps
    t.equal(result.verdict, legal === 'true' ? 'ok' : 'illegal', name)
    certain(t, registerModel, operations, result)
  }
  const files = readdirSync(join(reference, 'kv')).sort()
  for (const file of files) {
    const operations = keyValues(readFileSync(join(reference, 'kv', file), 'utf8'))
    const result = checkLinearizable(keyValueModel, operations)
    steps += result.steps
    t.equal(result.verdict, file.endsWith('-ok.txt') ? 'ok' : 'illegal', file)
    certain(t, keyValueModel, operations, result)
  }
  t.equal(verdicts.length + files.length, 108, 'histories')
  t.comment(`${steps} steps`)
})

/** What the checker shows for its verdict is checked without it: an order that is one, a prefix that is one and cannot go on. */
function certain<S, I, O>(
  t: { fail(message: string): unknown },
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  result: ReturnType<typeof checkLinearizable<S, I, O>>,
): void {
  if (result.verdict === 'ok') {
    const taken = [...result.order.values()].flat()
    const must = operations.filter(({ outcome }) => outcome === 'ok')
    if (!must.every((operation) => taken.includes(operation))) t.fail('the order holds every operation that was answered')
    for (const order of result.order.values()) if (!isOrder(model, order)) t.fail('the order is one of the model and of time')
    return
  }
  if (result.verdict === 'unknown') return
  const { prefix, unplaced } = result.counterexample
  if (!isOrder(model, prefix)) t.fail('the prefix is one of the model and of time')
  if (unplaced.length === 0) t.fail('something could not be placed')
}

function isOrder<S, I, O>(model: Model<S, I, O>, order: readonly Operation<I, O>[]): boolean {
  let state = model.initial
  let calledLast = Number.NEGATIVE_INFINITY
  for (const { input, outcome, output, call, return: returned = Number.POSITIVE_INFINITY } of order) {
    const step = model.apply(state, input)
    if (outcome === 'ok' && !model.accepts(step.output, output as O)) return false
    // Nothing that was called after this one had returned may stand before it.
    if (returned < calledLast) return false
    calledLast = Math.max(calledLast, call)
    state = step.state
  }
  return true
}

/** A legal history: each operation takes effect at an instant between its call and its return; some outcomes are not known. */
function legal<S, I, O>(
  random: Random,
  model: Model<S, I, O>,
  draw: (random: Random) => I,
  { clients = 4, count = 40, unknown = 0.1 } = {},
): Operation<I, O>[] {
  const planned: { client: string; input: I; call: number; at: number; end: number; fate: number }[] = []
  const free = Array.from({ length: clients }, () => 0)
  for (let i = 0; i < count; i++) {
    const client = random.below(clients)
    const call = (free[client] as number) + random.float()
    const at = call + random.float() * 3
    const end = at + random.float() * 3
    free[client] = end
    planned.push({ client: `c${client}`, input: draw(random), call, at, end, fate: random.float() })
  }
  const states = new Map<string, S>()
  const operations: Operation<I, O>[] = []
  for (const { client, input, call, end, fate } of planned.sort((a, b) => a.at - b.at)) {
    // A third of those without an answer never take effect.
    if (fate < unknown / 3) {
      operations.push({ client, input, outcome: 'unknown', call })
      continue
    }
    const part = model.partition?.(input) ?? ''
    const step = model.apply(states.get(part) ?? model.initial, input)
    states.set(part, step.state)
    if (fate < unknown) operations.push({ client, input, outcome: 'unknown', call })
    else operations.push({ client, input, outcome: 'ok', call, return: end, output: step.output })
  }
  return operations.sort((a, b) => a.call - b.call)
}

const drawRegister = (random: Random): RegisterInput => {
  const dice = random.below(3)
  if (dice === 0) return { type: 'read' }
  if (dice === 1) return { type: 'write', value: random.below(4) }
  return { type: 'cas', from: random.below(4), to: random.below(4) }
}

t.test('what a model did is legal, and an answer that nothing explains is seen', async (t) => {
  let illegal = 0
  for (const seed of seeds) {
    const random = createRandom(`linearizable ${seed}`)
    const operations = legal(random, registerModel, drawRegister)
    const result = checkLinearizable(registerModel, operations)
    if (result.verdict !== 'ok') t.fail(`seed ${seed}: a legal history is ${result.verdict}`)
    certain(t, registerModel, operations, result)
    // A value that nobody wrote.
    const reads = operations.filter(({ input, outcome }) => input.type === 'read' && outcome === 'ok')
    if (reads.length > 0) {
      const wrong = random.pick(reads)
      const spoiled = operations.map((one) => (one === wrong ? { ...one, output: { type: 'value' as const, value: 99 } } : one))
      const judged = checkLinearizable(registerModel, spoiled)
      if (judged.verdict !== 'illegal') t.fail(`seed ${seed}: a value that nobody wrote is ${judged.verdict}`)
      certain(t, registerModel, spoiled, judged)
      illegal++
    }
  }
  t.ok(illegal > seeds.length / 2, `${illegal} spoiled histories of ${seeds.length} seeds`)
})

t.test('objects of the API: a lost update, and a success told as an error, are seen', async (t) => {
  let planted = 0
  for (const seed of seeds) {
    const random = createRandom(`objects ${seed}`)
    let made = 0
    const values = ['v1']
    const draw = (): ApiObjectInput => {
      const key = random.pick(['a', 'b'])
      const expected = random.chance(0.5) ? { expected: random.pick(values.slice(-3)) } : {}
      const type = random.pick(['get', 'get', 'create', 'update', 'update', 'delete'] as const)
      if (type === 'get') return { type, key }
      if (type === 'delete') return { type, key, ...expected }
      const value = `v${++made}`
      values.push(value)
      return type === 'create' ? { type, key, value } : { type, key, value, ...expected }
    }
    const operations = legal(random, apiObjectModel, draw, { clients: 3, count: 50 })
    const result = checkLinearizable(apiObjectModel, operations)
    if (result.verdict !== 'ok') t.fail(`seed ${seed}: a legal history is ${result.verdict}`)
    certain(t, apiObjectModel, operations, result)
    // Alone at its time, a write that was done and is told to be in conflict leaves a value that nobody wrote.
    const wrong = operations.find((one, at) => {
      const later = operations.slice(at + 1)
      return (
        one.input.type === 'update' &&
        one.output?.type === 'done' &&
        later.some(({ output }) => output?.type === 'value' && output.value === (one.input as { value: string }).value)
      )
    })
    if (!wrong) continue
    planted++
    const spoiled = operations.map((one) => (one === wrong ? { ...one, output: { type: 'error', reason: 'Conflict' } as const } : one))
    if (checkLinearizable(apiObjectModel, spoiled).verdict !== 'illegal')
      t.fail(`seed ${seed}: a write that was done and told to be refused is not seen`)
  }
  if (only === undefined) t.ok(planted > seeds.length / 3, `${planted} planted`)
  // Two clients read the same version, and both replace it.
  const at = (call: number, input: ApiObjectInput, type: 'done' | 'Conflict' = 'done') => ({
    client: 'c',
    input,
    outcome: 'ok' as const,
    call,
    return: call + 0.5,
    output: type === 'done' ? ({ type } as const) : ({ type: 'error', reason: type } as const),
  })
  const update = (value: string): ApiObjectInput => ({ type: 'update', key: 'a', value, expected: 'one' })
  const created = at(0, { type: 'create', key: 'a', value: 'one' })
  t.equal(checkLinearizable(apiObjectModel, [created, at(1, update('two')), at(2, update('three'), 'Conflict')]).verdict, 'ok')
  t.equal(checkLinearizable(apiObjectModel, [created, at(1, update('two')), at(2, update('three'))]).verdict, 'illegal', 'a lost update')
})

t.test('the verdict is that of trying every order', async (t) => {
  const count = { ok: 0, illegal: 0 }
  for (const seed of seeds) {
    const random = createRandom(`every order ${seed}`)
    const operations = legal(random, registerModel, drawRegister, { clients: 3, count: 6, unknown: 0.3 }).map((one) =>
      // Some answers are another one's: legal or not, nobody knows.
      one.outcome === 'ok' && one.input.type === 'read' && random.chance(0.5)
        ? { ...one, output: { type: 'value' as const, value: random.pick([null, 0, 1, 2, 3]) } }
        : one,
    )
    const expected = someOrder(registerModel, registerModel.initial, operations) ? 'ok' : 'illegal'
    count[expected]++
    const { verdict } = checkLinearizable(registerModel, operations)
    if (verdict !== expected) t.fail(`seed ${seed}: ${verdict}, but trying every order says ${expected}: ${JSON.stringify(operations)}`)
  }
  if (only === undefined) t.ok(count.ok > 10 && count.illegal > 10, JSON.stringify(count))
})

/** By definition, without any cleverness. */
function someOrder<S, I, O>(model: Model<S, I, O>, state: S, rest: readonly Operation<I, O>[]): boolean {
  if (rest.every(({ outcome }) => outcome !== 'ok')) return true
  return rest.some((one) => {
    if (rest.some((other) => other !== one && other.return !== undefined && other.return < one.call)) return false
    const step = model.apply(state, one.input)
    if (one.outcome === 'ok' && !model.accepts(step.output, one.output as O)) return false
    return someOrder(
      model,
      step.state,
      rest.filter((other) => other !== one),
    )
  })
}

const read = (client: string, call: number, end: number, value: number | null): Operation<RegisterInput, RegisterOutput> => ({
  client,
  input: { type: 'read' },
  outcome: 'ok',
  call,
  return: end,
  output: { type: 'value', value },
})
const write = (client: string, call: number, end: number | undefined, value: number): Operation<RegisterInput, RegisterOutput> => ({
  client,
  input: { type: 'write', value },
  call,
  ...(end === undefined ? { outcome: 'unknown' } : { outcome: 'ok', return: end, output: { type: 'done' } }),
})

t.test('a stale read is shown with what it could have answered', async (t) => {
  const result = checkLinearizable(registerModel, [write('a', 0, 1, 1), write('a', 2, 3, 2), read('b', 4, 5, 1)])
  t.equal(result.verdict, 'illegal')
  if (result.verdict !== 'illegal') return
  t.equal(
    describeCounterexample(registerModel, result.counterexample),
    [
      'not linearizable as register',
      'after 2 operations:',
      '  a: write 1 -> done',
      '  a: write 2 -> done',
      'the register holds 2; now one of these must come, and none can:',
      '  b: read -> 1, but could only answer 2',
    ].join('\n'),
  )
})

t.test('an unknown outcome may come late or never, and not both ways', async (t) => {
  const verdict = (...operations: Operation<RegisterInput, RegisterOutput>[]) => checkLinearizable(registerModel, operations).verdict
  t.equal(verdict(write('a', 0, undefined, 7), read('b', 10, 11, null)), 'ok', 'never')
  t.equal(verdict(write('a', 0, undefined, 7), read('b', 10, 11, null), read('b', 12, 13, 7)), 'ok', 'late')
  t.equal(verdict(write('a', 0, undefined, 7), read('b', 10, 11, 7), read('b', 12, 13, null)), 'illegal', 'not undone')
  t.equal(verdict({ ...write('a', 0, 1, 7), outcome: 'failed' }, read('b', 10, 11, 7)), 'illegal', 'what failed did nothing')
  t.equal(verdict(read('b', 1, 2, 7), write('a', 2, 3, 7)), 'ok', 'the same instant is no order')
  t.equal(verdict(read('b', 1, 2, 7), write('a', 2.5, 3, 7)), 'illegal', 'a read of the future')
})

t.test('a search that is too long ends', async (t) => {
  const writes = Array.from({ length: 24 }, (_, at) => write(`w${at}`, 0, 100, at))
  const result = checkLinearizable(registerModel, [...writes, read('r', 101, 102, 99)], { stepsMax: 10_000 })
  t.match(result, { verdict: 'unknown', reached: 24 })
})

t.test('recorders give every event an instant of its own, and merged clocks claim no order', async (t) => {
  let now = 1000
  const recorder = createHistoryRecorder<RegisterInput, RegisterOutput>(() => now)
  const first = recorder.called('a', { type: 'write', value: 1 })
  first.ok({ type: 'done' })
  const second = recorder.called('b', { type: 'read' })
  recorder.called('c', { type: 'write', value: 2 })
  now = 1001
  second.ok({ type: 'value', value: null })
  const history = recorder.history()
  t.same(JSON.parse(JSON.stringify(history)), history, 'it is plain data')
  t.same(
    history.operations.map(({ outcome }) => outcome),
    ['ok', 'ok', 'unknown'],
  )
  t.equal(checkLinearizable(registerModel, history.operations).verdict, 'illegal', 'the read came after the write')
  t.equal(checkLinearizable(registerModel, mergeHistories([history], 1).operations).verdict, 'ok', 'unless the clocks differ')
})
