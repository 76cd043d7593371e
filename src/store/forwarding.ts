/**
 * How a batch gets to the leader: proposed here when this replica leads, sent to the leader otherwise. A leader takes
 * only what was meant for its own term, and each number once, however often it comes: proposals.ts builds on both.
 */
import type { RaftNode } from '../raft/node.js'
import { noNode } from '../raft/types.js'
import { plain } from './bytes.js'
import type { ForwardedBatch, PeerMessage } from './peer-message.js'
import type { Peers } from './peers.js'
import type { Offer } from './proposals.js'

export interface Forwarding {
  readonly offer: Offer
  /** Sends what was offered to another replica since the last time. */
  flush(): void
  /**
   * The replica has refused what was forwarded. As long as it counts as the leader of this term it is left alone until the
   * next tick: a leader that has crashed and is back as a follower would refuse as fast as it is asked.
   */
  refused(by: number): void
  /** One tick of time has passed. */
  tick(): void
  /** Proposes what another replica forwarded, or refuses it. */
  receive(from: number, message: PeerMessage & { type: 'forward' }): void
}

/** Numbers of one replica that were seen in the present term. */
interface Seen {
  readonly life: number
  highest: number
  readonly numbers: Set<number>
}

/** Numbers this far below the highest are no longer remembered one by one: they count as seen. */
const seenWindow = 4096

export function createForwarding(options: { id: number; life: number; node: RaftNode; peers: Peers }): Forwarding {
  const { id, life, node, peers } = options
  let outbox: { readonly to: number; readonly term: number; readonly batches: ForwardedBatch[] } | undefined
  let refusal: { readonly by: number; readonly term: number } | undefined
  let seenTerm = 0
  let seen = new Map<number, Seen>()

  function isNew(from: number, fromLife: number, number: number): boolean {
    let one = seen.get(from)
    if (!one || one.life !== fromLife) {
      // An older life's messages may still come; its numbers mean nothing to anybody.
      if (one && one.life > fromLife) return false
      one = { life: fromLife, highest: 0, numbers: new Set() }
      seen.set(from, one)
    }
    if (number <= one.highest - seenWindow || one.numbers.has(number)) return false
    one.numbers.add(number)
    one.highest = Math.max(one.highest, number)
    if (one.numbers.size > 2 * seenWindow) for (const old of one.numbers) if (old <= one.highest - seenWindow) one.numbers.delete(old)
    return true
  }

  function flush(): void {
    if (!outbox) return
    peers.send(outbox.to, { type: 'forward', term: outbox.term, life, batches: outbox.batches })
    outbox = undefined
  }

  return {
    offer(batch) {
      const { role, leader, term } = node.status()
      if (role === 'leader') return node.propose(batch.data) === 'ok' ? { type: 'offered', term } : { type: 'notNow' }
      if (leader === noNode || leader === id) return { type: 'notNow' }
      if (refusal?.by === leader && refusal.term === term) return { type: 'notNow' }
      if (outbox && (outbox.to !== leader || outbox.term !== term)) flush()
      outbox ??= { to: leader, term, batches: [] }
      outbox.batches.push(batch)
      return { type: 'offered', term }
    },
    flush,
    refused(by) {
      refusal = { by, term: node.status().term }
    },
    tick() {
      refusal = undefined
    },
    receive(from, { term, life: fromLife, batches }) {
      const status = node.status()
      if (status.term !== seenTerm) {
        seenTerm = status.term
        seen = new Map()
      }
      const refused: number[] = []
      for (const { number, data } of batches) {
        if (status.role !== 'leader' || status.term !== term) refused.push(number)
        else if (isNew(from, fromLife, number) && node.propose(plain(data)) !== 'ok') refused.push(number)
      }
      if (refused.length > 0) peers.send(from, { type: 'refused', life: fromLife, numbers: refused })
    },
  }
}
