/**
 * The whole judgement of a store's history, each step resting on the one before: its operations are linearizable; the order found
 * gives the key space at every revision; reads of the past and of followers must agree with that; and so must watches.
 * Without an order there is no truth to compare with: the other checks are left out, as etcd's robustness tests do.
 */
import type { Operation } from '../history.js'
import {
  type Counterexample,
  checkLinearizable,
  describeCounterexample,
  type Linearizability,
  type LinearizableOptions,
} from './linearizable.js'
import { changesBetween, createStoreModel, rangeOf, type StoreState, storeState } from './models/store.js'
import { WatchedFacts } from './store-facts.js'
import type { RecordedEvent, RecordedItem, StoreHistory, StoreInput, StoreOutput } from './store-history.js'
import type { Violation } from './violation.js'
import { checkWatches, type Timeline } from './watch-guarantees.js'

/** What is judged here besides the guarantees of watches (watch-guarantees.ts). */
export const storeInvariants = [
  {
    name: 'Linearizable',
    description:
      'There is one order of all transactions and reads, true to real time, in which the store gives every answer that was seen.',
    source: 'Herlihy and Wing, 1990; etcd API guarantees, KV APIs',
  },
  {
    name: 'AnswersAgreeWithWatches',
    description: 'Such an order also makes the changes that watches saw, at the revisions at which they saw them.',
    source: 'etcd robustness tests',
  },
  {
    name: 'ReadAtRevision',
    description: 'A serializable read shows the key space as it was at one revision; a read at a revision, as it was at that one.',
    source: 'etcd API guarantees, KV APIs; etcd robustness tests, validateSerializableOperations',
  },
] as const

export interface StoreJudgement {
  readonly linearizability: Linearizability<StoreInput, StoreOutput>
  /** Violations of any kind. Empty with verdict 'unknown' means that nothing was found, not that all is well. */
  readonly violations: readonly Violation[]
}

type StoreOperation = Operation<StoreInput, StoreOutput>

/** Judges all that clients saw of a store. `initial`: the key space when the first client came; default an empty store. */
export function judgeStore(
  history: StoreHistory,
  { initial = storeState(1), ...options }: LinearizableOptions & { readonly initial?: StoreState } = {},
): StoreJudgement {
  const present = history.operations.filter(({ input }) => !isOfThePast(input))
  const facts = new WatchedFacts(history.watches)
  const model = createStoreModel(initial)
  const knowing = createStoreModel(initial, (before, after) => facts.permits(before, after))
  const first = checkLinearizable(knowing, present, options)
  // Answers that agree with each other and not with the watches: then a watch is wrong, or an answer that no other one speaks against.
  const isTorn = first.verdict === 'illegal' && history.watches.length > 0
  const linearizability = isTorn ? checkLinearizable(model, present, options) : first
  if (linearizability.verdict === 'illegal')
    return { linearizability, violations: [illegal('Linearizable', linearizability.counterexample)] }
  const torn = isTorn && first.verdict === 'illegal' ? [illegal('AnswersAgreeWithWatches', first.counterexample)] : []
  if (linearizability.verdict === 'unknown') return { linearizability, violations: torn }
  const states = new Map([[initial.revision, initial]])
  const written: RecordedEvent[] = []
  let state = initial
  for (const { input } of linearizability.order.get('') ?? []) {
    const after = model.apply(state, input).state
    if (after !== state) written.push(...changesBetween(state, after))
    states.set(after.revision, after)
    state = after
  }
  const timeline = timelineOf(initial, state, written, history)
  return {
    linearizability,
    violations: [
      ...torn,
      ...history.operations.flatMap((operation) => checkPastRead(operation, states)),
      ...checkWatches(history.watches, timeline),
    ],
  }
}

function illegal(invariant: string, counterexample: Counterexample<StoreInput, StoreOutput>): Violation {
  const [stuck] = counterexample.unplaced
  return {
    invariant,
    objects: [`client ${stuck?.operation.client ?? 'unknown'}`],
    message: describeCounterexample(createStoreModel(), counterexample),
    ...(stuck ? { timeMs: stuck.operation.return ?? stuck.operation.call } : {}),
  }
}

/** A read that need not see the newest state. Reads of the past inside a transaction are not judged. */
function isOfThePast(input: StoreInput): boolean {
  return input.type === 'range' && (input.serializable === true || (input.revision ?? 0) > 0)
}

/** A serializable read shows the key space at some revision that there was; one at a revision, at that one. */
function checkPastRead({ client, input, output, return: timeMs }: StoreOperation, states: ReadonlyMap<number, StoreState>): Violation[] {
  if (input.type !== 'range' || output?.type !== 'range' || !isOfThePast(input)) return []
  const revision = input.revision || output.revision
  const state = states.get(revision)
  // Of a revision that only an unseen write can have made nothing is known.
  if (!state) return []
  const expected = rangeOf(state, input)
  const isRight =
    output.count === expected.count &&
    output.items.every((item, at) => isSame(item, expected.items[at])) &&
    (output.more ? output.items.length <= expected.items.length : output.items.length === expected.items.length)
  if (isRight) return []
  const message = `a read at revision ${revision} gave ${JSON.stringify(output.items)}, but the keys were ${JSON.stringify(expected.items)}`
  const at = timeMs === undefined ? {} : { timeMs }
  return [{ invariant: 'ReadAtRevision', objects: [`client ${client}`], message, resourceVersion: String(revision), ...at }]
}

function isSame(a: RecordedItem, b: RecordedItem | undefined): boolean {
  return b !== undefined && a.key === b.key && a.value === b.value && a.modRevision === b.modRevision && a.version === b.version
}

/**
 * What was written, and beyond the last revision that an answer tells of, what watches saw: writes of unknown outcome that no operation
 * came after. Those are known by the watches alone, which are then judged by one another.
 */
function timelineOf(initial: StoreState, last: StoreState, written: readonly RecordedEvent[], { watches }: StoreHistory): Timeline {
  const beyond = new Map<string, RecordedEvent>()
  for (const { batches } of watches)
    for (const { events } of batches)
      for (const event of events)
        if (event.item.modRevision > last.revision) beyond.set(`${event.item.modRevision} ${event.item.key}`, event)
  const late = [...beyond.values()].sort((a, b) => a.item.modRevision - b.item.modRevision)
  return {
    from: initial.revision,
    to: last.revision,
    events: [...written, ...late],
    before: initial.shards.flatMap((shard) => [...shard.values()]),
  }
}
