/**
 * Whether a history is linearizable (Herlihy and Wing, 1990): whether there is one order of all its operations in which a sequential
 * model gives every answer that was seen, and in which no operation comes before another that had returned before it was called.
 *
 * The search is Wing and Gong's, with Lowe's cache of what has been tried ("Testing for linearizability", 2017): entries of calls and
 * returns in order of time; take any call before the first return, apply it, take its entries out, go on; at a return whose call is
 * still there, go back. A pair (set of operations taken, state) is never tried twice. Parts of the model are judged apart (Horn and
 * Kroening, "Faster linearizability checking via P-compositionality", 2015).
 *
 * Operations of unknown outcome have no return: they may be taken at any time from their call on, and need not be taken at all.
 *
 * Two rules shorten the search and leave the verdict as it is. An operation that answers rightly and, with that answer, changes nothing
 * wherever it stands is taken at once, for it can stand first in any order that exists; and one of unknown outcome that would change
 * nothing now is left.
 *
 * The question is NP-complete, so the search is bounded: beyond `stepsMax` the verdict is 'unknown'.
 */
import type { Operation } from '../history.js'
import type { Model } from './model.js'

export interface LinearizableOptions {
  /** Operations that the model is asked to do, over the whole history, before the search gives up. */
  readonly stepsMax?: number
}

/** An operation that could not be placed, and why. */
export interface Unplaced<Input, Output> {
  readonly operation: Operation<Input, Output>
  /** What it would have answered after the prefix; absent when only its call is too late. */
  readonly expected: Output
}

/** What people need to see of a history that is not linearizable. */
export interface Counterexample<Input, Output> {
  /** The part that is not, of a model with parts. */
  readonly partition: string
  /** The longest order found that starts the history rightly. */
  readonly prefix: readonly Operation<Input, Output>[]
  /** The operations that had to come next, none of which could. */
  readonly unplaced: readonly Unplaced<Input, Output>[]
  /** The state after the prefix, in words. */
  readonly state: string
}

export type Linearizability<Input, Output> =
  /** `order`: one such order, for each part. */
  | { readonly verdict: 'ok'; readonly steps: number; readonly order: ReadonlyMap<string, readonly Operation<Input, Output>[]> }
  | { readonly verdict: 'illegal'; readonly steps: number; readonly counterexample: Counterexample<Input, Output> }
  /** `reached`: operations in the longest order found in the part that was too hard. */
  | { readonly verdict: 'unknown'; readonly steps: number; readonly partition: string; readonly reached: number }

/** Default bound of the search: some seconds for small states. */
export const linearizableStepsMax = 2_000_000

/** Steps of a part's first turn. */
const turnStepsMin = 4096

/** Judges a history. Operations that failed are known to have done nothing, and do not count. */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { stepsMax = linearizableStepsMax }: LinearizableOptions = {},
): Linearizability<Input, Output> {
  const parts = new Map<string, Operation<Input, Output>[]>()
  for (const operation of operations) {
    if (operation.outcome === 'failed') continue
    const part = model.partition?.(operation.input) ?? ''
    const known = parts.get(part)
    if (known) known.push(operation)
    else parts.set(part, [operation])
  }
  let searches = [...parts].map(([partition, part]) => ({ partition, part, search: new Search(model, part) }))
  const order = new Map<string, readonly Operation<Input, Output>[]>()
  let steps = 0
  // All parts take turns, which grow: one that is easily seen to be illegal need not wait for one that is hard.
  for (let turn = turnStepsMin; searches.length > 0; turn *= 2) {
    const hard: typeof searches = []
    for (const one of searches) {
      const { partition, part, search } = one
      const allowed = Math.min(turn, stepsMax - steps)
      const before = search.steps
      const verdict = search.run(allowed)
      steps += search.steps - before
      if (verdict === 'illegal') return { verdict, steps, counterexample: { partition, ...search.counterexample() } }
      if (verdict === 'unknown') hard.push(one)
      else
        order.set(
          partition,
          search.taken.map((at) => part[at] as Operation<Input, Output>),
        )
    }
    const [first] = hard
    if (first && steps >= stepsMax) return { verdict: 'unknown', steps, partition: first.partition, reached: first.search.longest.length }
    searches = hard
  }
  return { verdict: 'ok', steps, order }
}

/** A history that is not linearizable, told in a few lines. */
export function describeCounterexample<State, Input, Output>(
  model: Model<State, Input, Output>,
  { partition, prefix, unplaced, state }: Counterexample<Input, Output>,
): string {
  const answer = (output: Output): string => model.describeOutput?.(output) ?? JSON.stringify(output)
  const line = ({ client, input, output }: Operation<Input, Output>): string =>
    `${client}: ${model.describe(input)} -> ${output === undefined ? 'unknown' : answer(output)}`
  const shown = prefix.slice(-10)
  return [
    `not linearizable as ${model.name}${partition === '' ? '' : `, part "${partition}"`}`,
    `after ${prefix.length} operations${prefix.length > shown.length ? `, of which the last ${shown.length} are` : ''}:`,
    ...shown.map((operation) => `  ${line(operation)}`),
    `${state}; now one of these must come, and none can:`,
    ...unplaced.map(({ operation, expected }) => `  ${line(operation)}, but could only answer ${answer(expected)}`),
  ].join('\n')
}

/** The search over one part. Entry 0 is the head of a doubly linked list of calls and returns that are still there. */
class Search<State, Input, Output> {
  readonly taken: number[] = []
  longest: readonly number[] = []
  steps = 0
  readonly #model: Model<State, Input, Output>
  readonly #operations: readonly Operation<Input, Output>[]
  readonly #next: Int32Array
  readonly #previous: Int32Array
  /** Of each entry, its operation; of each operation, its two entries (no return: 0). */
  readonly #operationOf: Int32Array
  readonly #callOf: Int32Array
  readonly #returnOf: Int32Array
  readonly #tried: TriedSet<State, Input, Output>
  /** Operations that must be taken and are not yet. */
  #left = 0
  /** Of each operation taken: the state before it, and whether it was taken by force. */
  readonly #before: State[] = []
  readonly #forced: boolean[] = []
  #state: State
  #cursor: number

  constructor(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model
    this.#operations = operations
    const entries: { instant: number; isReturn: boolean; at: number }[] = []
    for (const [at, operation] of operations.entries()) {
      entries.push({ instant: operation.call, isReturn: false, at })
      if (operation.return === undefined || operation.outcome !== 'ok') continue
      entries.push({ instant: operation.return, isReturn: true, at })
      this.#left++
    }
    // At the same instant calls come first: what is not known to be in order counts as concurrent.
    entries.sort((a, b) => a.instant - b.instant || Number(a.isReturn) - Number(b.isReturn) || a.at - b.at)
    const size = entries.length + 1
    this.#next = Int32Array.from({ length: size }, (_, at) => (at + 1) % size)
    this.#previous = Int32Array.from({ length: size }, (_, at) => (at + size - 1) % size)
    this.#operationOf = new Int32Array(size)
    this.#callOf = new Int32Array(operations.length)
    this.#returnOf = new Int32Array(operations.length)
    for (const [index, { isReturn, at }] of entries.entries()) {
      this.#operationOf[index + 1] = at
      if (isReturn) this.#returnOf[at] = index + 1
      else this.#callOf[at] = index + 1
    }
    this.#tried = new TriedSet(model, operations.length)
    this.#state = model.initial
    this.#cursor = this.#next[0] as number
  }

  /** Goes on for at most so many steps; 'unknown': there is more to try. */
  run(stepsMax: number): 'ok' | 'illegal' | 'unknown' {
    const model = this.#model
    const end = this.steps + stepsMax
    while (this.#left > 0) {
      const at = this.#operationOf[this.#cursor] as number
      if (this.#cursor === 0 || this.#callOf[at] !== this.#cursor) {
        if (!this.#goBack()) return 'illegal'
        continue
      }
      if (this.steps >= end) return 'unknown'
      this.steps++
      const { input, output, outcome } = this.#operations[at] as Operation<Input, Output>
      const step = model.apply(this.#state, input)
      const isAnswered = outcome === 'ok'
      const fits = isAnswered ? model.accepts(step.output, output as Output) : step.state !== this.#state
      const permitted = fits && (model.permits?.(this.#state, step.state) ?? true)
      if (!permitted || !this.#tried.add(at, step.state)) {
        this.#cursor = this.#next[this.#cursor] as number
        continue
      }
      this.#before.push(this.#state)
      this.#forced.push(isAnswered && model.changesNothing(input, output as Output))
      this.#state = step.state
      this.#take(at)
      if (this.taken.length > this.longest.length) this.longest = [...this.taken]
      this.#cursor = this.#next[0] as number
    }
    return 'ok'
  }

  /**
   * At a return whose call is still there: something taken before it was wrong. Puts back the last one that had an alternative,
   * which what was taken by force had not. False: there is none.
   */
  #goBack(): boolean {
    for (;;) {
      if (this.taken.length === 0) return false
      this.#state = this.#before.pop() as State
      const call = this.#putBack()
      if (this.#forced.pop()) continue
      this.#cursor = this.#next[call] as number
      return true
    }
  }

  #take(at: number): void {
    this.taken.push(at)
    this.#unlink(this.#callOf[at] as number)
    const back = this.#returnOf[at] as number
    if (back === 0) return
    this.#unlink(back)
    this.#left--
  }

  /** Undoes the last #take and gives the entry of its call. */
  #putBack(): number {
    const at = this.taken.pop() as number
    this.#tried.remove(at)
    const back = this.#returnOf[at] as number
    if (back !== 0) {
      this.#link(back)
      this.#left++
    }
    const call = this.#callOf[at] as number
    this.#link(call)
    return call
  }

  #unlink(entry: number): void {
    const [before, after] = [this.#previous[entry] as number, this.#next[entry] as number]
    this.#next[before] = after
    this.#previous[after] = before
  }

  #link(entry: number): void {
    this.#next[this.#previous[entry] as number] = entry
    this.#previous[this.#next[entry] as number] = entry
  }

  counterexample(): Omit<Counterexample<Input, Output>, 'partition'> {
    const model = this.#model
    const operations = this.#operations
    const placed = new Set(this.longest)
    let state = model.initial
    for (const at of this.longest) state = model.apply(state, (operations[at] as Operation<Input, Output>).input).state
    const rest = operations.filter((operation, at) => operation.outcome === 'ok' && !placed.has(at))
    const deadline = Math.min(...rest.map((operation) => operation.return ?? Number.POSITIVE_INFINITY))
    return {
      prefix: this.longest.map((at) => operations[at] as Operation<Input, Output>),
      unplaced: rest
        .filter(({ call }) => call <= deadline)
        .map((operation) => ({ operation, expected: model.apply(state, operation.input).output })),
      state: model.describeState?.(state) ?? String(model.key(state)),
    }
  }
}

interface Tried<State> {
  /** Words of the set before this one are all ones. */
  readonly from: number
  readonly words: Int32Array
  readonly state: State
}

/** The set of operations taken, as bits, and all pairs of such a set and a state that were tried. */
class TriedSet<State, Input, Output> {
  readonly #model: Model<State, Input, Output>
  readonly #bits: Int32Array
  /** A sum over the set that tells sets apart, nearly always: of one pseudo-random word for each member. */
  #hash = 0
  readonly #seen = new Map<string, Tried<State>[]>()

  constructor(model: Model<State, Input, Output>, size: number) {
    this.#model = model
    this.#bits = new Int32Array((size >>> 5) + 1)
  }

  /** Adds an operation to the set, unless that set was tried with this state: then nothing is changed, and the answer is false. */
  add(at: number, state: State): boolean {
    this.#flip(at)
    const key = `${this.#hash} ${this.#model.key(state)}`
    const known = this.#seen.get(key)
    const tried = this.#pack(state)
    if (!known) this.#seen.set(key, [tried])
    else if (known.some((one) => this.#same(one, tried))) {
      this.#flip(at)
      return false
    } else known.push(tried)
    return true
  }

  remove(at: number): void {
    this.#flip(at)
  }

  #flip(at: number): void {
    const word = at >>> 5
    this.#bits[word] = (this.#bits[word] as number) ^ (1 << (at & 31))
    this.#hash ^= scatter(at)
  }

  #pack(state: State): Tried<State> {
    const bits = this.#bits
    let from = 0
    while (from < bits.length && bits[from] === -1) from++
    let end = bits.length
    while (end > from && bits[end - 1] === 0) end--
    return { from, words: bits.slice(from, end), state }
  }

  #same(a: Tried<State>, b: Tried<State>): boolean {
    if (a.from !== b.from || a.words.length !== b.words.length) return false
    for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false
    return this.#model.equal?.(a.state, b.state) ?? true
  }
}

/** A word that looks random for each number (the finalizer of MurmurHash3). */
function scatter(at: number): number {
  let word = Math.imul(at + 1, 0x9e3779b1)
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return word ^ (word >>> 16)
}
