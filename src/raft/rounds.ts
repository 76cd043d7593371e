/**
 * The Readys of one member: what the next one holds, and what follows when one is written and applied. The member answers itself
 * (its own vote, its own acceptance of entries) only when the Ready that carries them is durable: it is a member like any other.
 *
 * Invariants: 1. Readys are persisted in the order in which they were given out, and so are they applied. 2. without
 * asyncStorageWrites there is at most one. Next: node.ts.
 */
import { assert, defined } from '../base/assert.js'
import { payloadBytes } from './entry-size.js'
import { proposeAtLeader } from './leader.js'
import type { EntryId } from './log.js'
import { encodeConfigChange, leaveJoint } from './membership.js'
import type { Ready, SoftState } from './ready.js'
import type { RaftState } from './state.js'
import { step } from './step.js'
import type { Entry, HardState, Message } from './types.js'

/** A Ready that was given out and is not yet wholly done. */
interface Round {
  readonly ready: Ready
  /** Answers of this member to itself, due when the Ready is durable. */
  readonly ownMessages: readonly Message[]
  /** The end of the log when the Ready was given out, in that term: durable with the Ready. */
  readonly tail?: EntryId
  readonly term: number
  persisted: boolean
  applied: boolean
}

export class Rounds {
  readonly #state: RaftState
  /** Committed entries may be applied before this member's own copy is durable, because the caller writes before it applies. */
  readonly #allowUnstable: boolean
  #rounds: Round[] = []
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
      log.unstable.nextEntries.length > 0 ||
      log.unstable.nextSnapshot !== undefined ||
      log.hasNextCommitted(this.#allowUnstable) ||
      !sameHardState(hardStateOf(this.#state), this.#hardState) ||
      !sameSoftState(softStateOf(this.#state), this.#softState)
    )
  }

  /** Takes what is waiting out of the state. */
  next(): Ready {
    const state = this.#state
    assert(state.config.asyncStorageWrites || this.#rounds.length === 0, 'ready() is called after advance()')
    const { log, term } = state
    const [hardState, softState] = [hardStateOf(state), softStateOf(state)]
    const entries = log.unstable.nextEntries
    const snapshot = log.unstable.nextSnapshot
    const committedEntries = log.nextCommitted(this.#allowUnstable)
    const sent = state.messagesAfterPersist.splice(0)
    const ready: Ready = {
      ...(sameSoftState(softState, this.#softState) ? {} : { softState }),
      ...(sameHardState(hardState, this.#hardState) ? {} : { hardState }),
      ...(snapshot ? { snapshot } : {}),
      entries,
      committedEntries,
      messages: state.messages.splice(0),
      messagesAfterPersist: sent.filter((message) => message.to !== state.id),
      readStates: state.readStates.splice(0),
      mustSync:
        entries.length > 0 || snapshot !== undefined || hardState.term !== this.#hardState.term || hardState.vote !== this.#hardState.vote,
    }
    const tail = log.unstable.hasEntries ? { tail: log.lastId } : {}
    log.unstable.accept()
    log.acceptApplying(committedEntries, this.#allowUnstable)
    this.#softState = softState
    this.#hardState = hardState
    const ownMessages = sent.filter((message) => message.to === state.id)
    this.#rounds.push({ ready, ownMessages, ...tail, term, persisted: false, applied: false })
    return ready
  }

  /** `ready` is durable. */
  persisted(ready: Ready): void {
    const round = defined(
      this.#rounds.find((other) => !other.persisted),
      'persisted() is called once for each Ready',
    )
    assert(round.ready === ready, 'Readys are persisted in order')
    round.persisted = true
    finishWrite(this.#state, round)
    this.#forgetDone()
  }

  /** The committed entries of `ready` are applied. */
  applied(ready: Ready): void {
    const round = defined(
      this.#rounds.find((other) => !other.applied),
      'applied() is called once for each Ready',
    )
    assert(round.ready === ready, 'Readys are applied in order')
    round.applied = true
    finishApply(this.#state, round.ready.committedEntries)
    this.#forgetDone()
  }

  #forgetDone(): void {
    this.#rounds = this.#rounds.filter((round) => !round.persisted || !round.applied)
  }
}

function finishWrite(state: RaftState, round: Round): void {
  for (const message of round.ownMessages) step(state, message)
  // In a later term the tail may have been replaced, and even replaced back, by writes still on their way: the Ready that carries the
  // later term has a tail of its own.
  if (round.tail && round.term === state.term) state.log.unstable.stableTo(round.tail.index, round.tail.term)
  const { snapshot } = round.ready
  if (!snapshot) return
  state.log.unstable.stableSnapshotTo(snapshot.index)
  if (!state.log.unstable.snapshot) state.membersBeforeSnapshot = undefined
  if (snapshot.index > state.log.applied) state.log.appliedTo(snapshot.index, [])
}

function finishApply(state: RaftState, entries: readonly Entry[]): void {
  const last = entries.at(-1)
  if (!last) return
  state.log.appliedTo(Math.max(last.index, state.log.applied), entries)
  state.uncommittedBytes = Math.max(0, state.uncommittedBytes - payloadBytes(entries))
  // What was proposed to be left by itself is left by the leader, in a change of its own. If it is dropped, the next apply tries again.
  if (state.role === 'leader' && state.members.autoLeave && state.log.applied >= state.pendingConfigIndex) {
    proposeAtLeader(state, [{ type: 'config', data: encodeConfigChange(leaveJoint) }])
  }
}

function softStateOf(state: RaftState): SoftState {
  return { leader: state.leader, role: state.role }
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role
}

function hardStateOf(state: RaftState): HardState {
  return { term: state.term, vote: state.vote, commit: state.log.committed }
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit
}
