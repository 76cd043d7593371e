/**
 * Linearizable reads: all that wait when a round begins share one ReadIndex of the leader, and are answered once this replica
 * has applied that index. A read never joins a round that began before it. A round that is lost is begun again under
 * another name, and what a leader then says to the old name counts for nothing (reusing one gave etcd stale reads
 * after a pause, etcd-io/etcd #20418).
 */
import { CodedError } from '../base/errors.js'

interface Waiter {
  readonly since: number
  readonly resolve: () => void
  readonly reject: (error: CodedError) => void
}

interface Round {
  readonly context: string
  readonly begun: number
  readonly waiters: readonly Waiter[]
}

export interface Reads {
  /** Resolves when the state of this replica is at least as new as anything acknowledged before the call. Rejects with 'NoLeader'. */
  wait(): Promise<void>
  /** Begins a round if reads wait and none is under way. `ask` tells whether the question is on its way. */
  flush(ask: (context: string) => boolean): void
  /** The leader has answered. */
  confirmed(context: string, index: number): void
  /** Everything up to `index` is applied. */
  applied(index: number): void
  /** To be called every so often: begins lost rounds again, gives up on what has waited too long. */
  expire(): void
}

export interface ReadOptions {
  /** Makes names of rounds unique for ever. */
  readonly prefix: string
  readonly monotonic: () => number
  /** When a round without an answer is lost. */
  readonly lostMs: number
  readonly noLeaderMs: number
}

export function createReads({ prefix, monotonic, lostMs, noLeaderMs }: ReadOptions): Reads {
  let waiting: Waiter[] = []
  let round: Round | undefined
  let rounds = 0
  let appliedIndex = 0
  /** Rounds that are confirmed and wait for the state to get there; indexes ascend. */
  let behind: { readonly index: number; readonly waiters: readonly Waiter[] }[] = []

  return {
    wait: () => new Promise((resolve, reject) => waiting.push({ since: monotonic(), resolve, reject })),
    flush(ask) {
      if (round || waiting.length === 0) return
      const context = `${prefix}${++rounds}`
      if (!ask(context)) return
      round = { context, begun: monotonic(), waiters: waiting }
      waiting = []
    },
    confirmed(context, index) {
      if (round?.context !== context) return
      const { waiters } = round
      round = undefined
      if (index <= appliedIndex) for (const waiter of waiters) waiter.resolve()
      else behind.push({ index, waiters })
    },
    applied(index) {
      appliedIndex = index
      if (behind.length === 0) return
      const reached = behind.filter((one) => one.index <= index)
      behind = behind.filter((one) => one.index > index)
      for (const { waiters } of reached) for (const waiter of waiters) waiter.resolve()
    },
    expire() {
      const now = monotonic()
      if (round && now - round.begun >= lostMs) {
        waiting = [...round.waiters, ...waiting]
        round = undefined
      }
      const tooLong = waiting.filter((waiter) => now - waiter.since >= noLeaderMs)
      if (tooLong.length === 0) return
      waiting = waiting.filter((waiter) => now - waiter.since < noLeaderMs)
      for (const waiter of tooLong) waiter.reject(new CodedError('NoLeader', 'Cannot read: no leader is known'))
    },
  }
}
