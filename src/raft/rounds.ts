/**
 * The Readys of one member: what the next one holds, and what follows when it is written and applied. The member answers itself (its own
 * vote, its own acceptance of entries) only when the Ready that carries them is durable: it is a member like any other.
 *
 * What follows is itself a list of messages (storage-response.ts handles them). With asyncStorageWrites they travel with the orders to the
 * append thread and the apply thread; without, they wait here for advance(), and there is one Ready at a time. Next: node.ts.
 */
import { assert } from '../base/assert.js'
import type { Ready, SoftState } from './ready.js'
import { envelope, isMutated, type RaftState } from './state.js'
import { step } from './step.js'
import { handleStorageResponse } from './storage-response.js'
import {
  appendThread,
  applyThread,
  type Entry,
  type HardState,
  type Message,
  noNode,
  type Snapshot,
  type StorageAppend,
  type StorageAppendResponse,
  type StorageApplyResponse,
} from './types.js'

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The Ready that was given out and not yet advanced, and what this member tells itself when it is. */
interface Round {
  readonly ready: Ready
  readonly ownMessages: readonly Message[]
  readonly written: StorageAppendResponse | undefined
  readonly applied: StorageApplyResponse | undefined
}

export class Rounds {
  readonly #state: RaftState
  /** Committed entries may be applied before this member's own copy is durable, because the caller writes before it applies. */
  readonly #allowUnstable: boolean
  #round: Round | undefined
  /** What was last given out. */
  #softState: SoftState
  #hardState: HardState

  constructor(state: RaftState) {
    this.#state = state
    this.#allowUnstable = !state.config.asyncStorageWrites
    this.#softState = softStateOf(state)
    this.#hardState = hardStateOf(state)
  }

  get hasNext(): boolean {
    const { log, messages, messagesAfterPersist, readStates } = this.#state
    return (
      messages.length > 0 ||
      messagesAfterPersist.length > 0 ||
      readStates.length > 0 ||
      log.unstable.hasNextEntries ||
      log.unstable.nextSnapshot !== undefined ||
      log.hasNextCommitted(this.#allowUnstable) ||
      !sameHardState(hardStateOf(this.#state), this.#hardState) ||
      !sameSoftState(softStateOf(this.#state), this.#softState)
    )
  }

  /** Takes what is waiting out of the state. */
  next(): Ready {
    assert(this.#round === undefined, 'ready() is called after advance()')
    const state = this.#state
    const { log } = state
    const [hardState, softState] = [hardStateOf(state), softStateOf(state)]
    const entries = log.unstable.nextEntries
    const snapshot = log.unstable.nextSnapshot
    const committedEntries = log.nextCommitted(this.#allowUnstable)
    const { messages, messagesAfterPersist: promises, readStates } = state
    state.messages = []
    state.messagesAfterPersist = []
    state.readStates = []
    const promised = hardState.term !== this.#hardState.term || hardState.vote !== this.#hardState.vote
    const mustSync = entries.length > 0 || snapshot !== undefined || promised
    // Filled in rather than spread together: this is done for every message that comes in.
    const ready: Mutable<Ready> = { entries, committedEntries, messages, messagesAfterPersist: [], readStates, mustSync }
    if (!sameSoftState(softState, this.#softState)) ready.softState = softState
    if (!sameHardState(hardState, this.#hardState)) ready.hardState = hardState
    if (snapshot) ready.snapshot = snapshot
    const written = writtenWith(state, snapshot)
    const applied = appliedWith(state, committedEntries)
    log.unstable.accept()
    log.acceptApplying(committedEntries, this.#allowUnstable)
    this.#softState = softState
    this.#hardState = hardState
    if (state.config.asyncStorageWrites) {
      addOrders(state, ready, { promises, written, applied })
      return ready
    }
    ready.messagesAfterPersist = promises.filter((message) => message.to !== state.id)
    this.#round = { ready, ownMessages: promises.filter((message) => message.to === state.id), written, applied }
    return ready
  }

  /** All that `ready` said is done. */
  advance(ready: Ready): void {
    const round = this.#round
    assert(round?.ready === ready, 'advance() is called once for each Ready')
    this.#round = undefined
    for (const message of round.ownMessages) step(this.#state, message)
    if (round.written) handleStorageResponse(this.#state, round.written)
    if (round.applied) handleStorageResponse(this.#state, round.applied)
  }
}

/** What will be true of the log when all that is here is written. */
function writtenWith(state: RaftState, snapshot: Snapshot | undefined): StorageAppendResponse | undefined {
  const { log } = state
  if (!log.unstable.hasEntries && !snapshot) return undefined
  const { index, term: logTerm } = log.unstable.hasEntries ? log.lastId : { index: 0, term: 0 }
  return {
    type: 'storageAppendResponse',
    from: appendThread,
    to: state.id,
    term: state.term,
    index,
    logTerm,
    ...(snapshot ? { snapshotIndex: snapshot.index } : {}),
  }
}

function appliedWith(state: RaftState, entries: readonly Entry[]): StorageApplyResponse | undefined {
  return entries.length === 0 ? undefined : { type: 'storageApplyResponse', from: applyThread, to: state.id, term: 0, entries }
}

/** The same as orders to the append and the apply thread. */
function addOrders(
  state: RaftState,
  ready: Mutable<Ready>,
  {
    promises,
    written,
    applied,
  }: { promises: Message[]; written: StorageAppendResponse | undefined; applied: StorageApplyResponse | undefined },
): void {
  const { hardState, snapshot, entries, mustSync } = ready
  if (hardState || snapshot || entries.length > 0 || promises.length > 0) {
    const responses = written ? [...promises, written] : promises
    const append: Mutable<StorageAppend> = { type: 'storageAppend', ...envelope(state, appendThread), entries, mustSync, responses }
    if (hardState) append.hardState = hardState
    if (snapshot) append.snapshot = snapshot
    ready.append = append
  }
  if (applied) ready.apply = { type: 'storageApply', ...envelope(state, applyThread), entries: applied.entries, responses: [applied] }
}

function softStateOf(state: RaftState): SoftState {
  return { leader: state.leader, role: state.role }
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role
}

function hardStateOf(state: RaftState): HardState {
  const vote = isMutated(state, 'vote-not-persisted') ? noNode : state.vote
  return { term: state.term, vote, commit: state.log.committed }
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit
}
