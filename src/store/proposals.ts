/**
 * Writes on their way into the log, and who waits for them. Commands that come in the same turn share a batch, that is one
 * log entry; the replica that was asked keeps the batch until it has been applied here, and answers then.
 *
 * The outcome is told exactly. A batch is offered to the leader of one term only (its fence), and that leader takes each
 * number once. So when an entry of a later term is applied here and the batch was not, it is in no log that counts and
 * never will be: a leader of the later term had every entry that could still be committed, and its entries come after
 * them. Such a batch is offered again, under a new number, without the client's knowing. Only where entries were passed
 * over (a snapshot) or nothing is heard at all is the outcome unknown: 'LeaderChanged'.
 *
 * States: open (takes commands) -> waiting (for a leader) -> offered (in a term) -> settled, or back to waiting.
 */
import { defined } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { AppliedBatch, Outcome } from './apply.js'
import { bounds } from './bounds.js'
import { ByteWriter } from './bytes.js'
import { type Command, encodeBatchId, encodeCommand } from './command.js'

/** How a batch is offered: 'offered' in this term, or not now. */
export type Offer = (batch: {
  readonly number: number
  readonly data: Uint8Array
}) => { readonly type: 'offered'; readonly term: number } | { readonly type: 'notNow' }

export interface Proposals {
  /** Resolves when the command has been applied here. Rejects with code 'NoLeader' (not written) or 'LeaderChanged' (unknown). */
  submit(command: Command): Promise<Outcome>
  /** Offers what waits, in order. */
  flush(offer: Offer): void
  /** A batch was applied; does nothing unless it is one of ours. */
  applied(batch: AppliedBatch): void
  /** An entry of this term is about to be applied. */
  termReached(term: number): void
  /** The leader did not take these. */
  refused(life: number, numbers: readonly number[]): void
  /** Entries were passed over: what was offered may be among them. */
  passedOver(): void
  /** To be called every so often: gives up on what has waited too long. */
  expire(): void
  /** Commands that wait for their outcome. */
  readonly pending: number
}

interface Waiter {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: CodedError) => void
}

interface Batch {
  number: number
  /** The encoded commands, without the batch's name. */
  readonly commands: Uint8Array
  readonly waiters: readonly Waiter[]
  readonly since: number
  /** The fence while offered. */
  term: number | undefined
}

export interface ProposalOptions {
  readonly replica: number
  /** How often this replica was started: makes numbers unique for ever. */
  readonly life: number
  readonly monotonic: () => number
  /** How long a batch may wait for a leader. */
  readonly noLeaderMs: number
  /** How long an offered batch may go unheard of. */
  readonly unknownMs: number
}

export function createProposals({ replica, life, monotonic, noLeaderMs, unknownMs }: ProposalOptions): Proposals {
  let lastNumber = 0
  let openWaiters: Waiter[] = []
  let openSince = 0
  const writer = new ByteWriter(4096)
  const naming = new ByteWriter(32)
  /** By number, which is the order in which they are offered. */
  const waiting = new Map<number, Batch>()
  const offered = new Map<number, Batch>()

  function close(): void {
    if (openWaiters.length === 0) return
    const batch: Batch = { number: ++lastNumber, commands: writer.finish(), waiters: openWaiters, since: openSince, term: undefined }
    waiting.set(batch.number, batch)
    openWaiters = []
  }

  function encode({ number, commands }: Batch): Uint8Array {
    encodeBatchId(naming, { replica, life, number })
    const name = naming.finish()
    const data = new Uint8Array(name.length + commands.length)
    data.set(name)
    data.set(commands, name.length)
    return data
  }

  /** A batch that is certain not to be written gets a new number: the old one must mean nothing any more. */
  function again(batch: Batch): void {
    offered.delete(batch.number)
    batch.number = ++lastNumber
    batch.term = undefined
    waiting.set(batch.number, batch)
  }

  function fail(batch: Batch, error: CodedError): void {
    waiting.delete(batch.number)
    offered.delete(batch.number)
    for (const waiter of batch.waiters) waiter.reject(error)
  }

  return {
    get pending() {
      return [...waiting.values(), ...offered.values()].reduce((sum, { waiters }) => sum + waiters.length, openWaiters.length)
    },
    submit: (command) =>
      new Promise((resolve, reject) => {
        if (openWaiters.length === 0) openSince = monotonic()
        encodeCommand(writer, command)
        openWaiters.push({ resolve, reject })
        if (writer.size >= bounds.batchBytesMax || openWaiters.length >= bounds.batchCommandsMax) close()
      }),
    flush(offer) {
      close()
      for (const batch of [...waiting.values()]) {
        const answer = offer({ number: batch.number, data: encode(batch) })
        if (answer.type === 'notNow') return
        batch.term = answer.term
        waiting.delete(batch.number)
        offered.set(batch.number, batch)
      }
    },
    applied({ id, outcomes }) {
      if (id.replica !== replica || id.life !== life) return
      const batch = offered.get(id.number)
      if (!batch) return
      offered.delete(id.number)
      for (const [i, waiter] of batch.waiters.entries()) waiter.resolve(defined(outcomes[i], 'a batch has an outcome for each command'))
    },
    termReached(term) {
      for (const batch of [...offered.values()]) if ((batch.term ?? term) < term) again(batch)
    },
    refused(ofLife, numbers) {
      if (ofLife !== life) return
      for (const number of numbers) {
        const batch = offered.get(number)
        if (batch) again(batch)
      }
    },
    passedOver() {
      for (const batch of [...offered.values()]) fail(batch, unknownOutcome('a snapshot took the place of the log'))
    },
    expire() {
      const now = monotonic()
      for (const batch of [...waiting.values()])
        if (now - batch.since >= noLeaderMs) fail(batch, new CodedError('NoLeader', 'Cannot write: no leader is known'))
      for (const batch of [...offered.values()])
        if (now - batch.since >= unknownMs) fail(batch, unknownOutcome(`nothing was heard of it within ${unknownMs} ms`))
    },
  }
}

function unknownOutcome(why: string): CodedError {
  return new CodedError('LeaderChanged', `Cannot tell whether the write was made: ${why}`)
}
