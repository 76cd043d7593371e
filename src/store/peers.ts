/**
 * The other replicas: names and ids, and what is to be sent to each, gathered over a round and sent as one cast. Casts may
 * be lost; Raft sends again what matters.
 */
import { defined } from '../base/assert.js'
import type { ActorRef, Context } from '../kernel/context.js'
import { bounds } from './bounds.js'
import { type PeerMessage, peerMessageBytes } from './peer-message.js'
import type { StoreProtocol } from './protocol.js'

export interface ReplicaId {
  readonly id: number
  /** The actor's name. */
  readonly name: string
}

export interface Peers {
  /** Queues a message; one to nobody known is dropped. */
  send(to: number, message: PeerMessage): void
  /** Sends what is queued. */
  flush(): void
  /** The replica's id; undefined for somebody else. */
  idOf(name: string): number | undefined
  ref(id: number): ActorRef<StoreProtocol> | undefined
  /** How many of the replicas run now, oneself included. */
  readonly running: number
}

/** `ended` and `started` are called when a peer dies or comes up. */
export function createPeers(
  context: Context,
  { id, peers }: { readonly id: number; readonly peers: readonly ReplicaId[] },
  { started, ended }: { readonly started: () => void; readonly ended: (id: number) => void },
): Peers {
  const others = peers.filter((peer) => peer.id !== id)
  const refs = new Map(others.map((peer) => [peer.id, context.actor<StoreProtocol>(peer.name)]))
  const ids = new Map(peers.map((peer) => [peer.name, peer.id]))
  const up = new Set<number>()
  let queues = new Map<number, PeerMessage[]>()

  for (const peer of others)
    context.monitor(peer.name, (event) => {
      if (event.type === 'up') {
        up.add(peer.id)
        started()
      } else {
        up.delete(peer.id)
        ended(peer.id)
      }
    })

  return {
    send(to, message) {
      if (!refs.has(to)) return
      const queue = queues.get(to)
      if (queue) queue.push(message)
      else queues.set(to, [message])
    },
    flush() {
      if (queues.size === 0) return
      const sending = queues
      queues = new Map()
      for (const [to, messages] of sending) {
        const ref = defined(refs.get(to), 'messages are queued for peers only')
        for (const part of parts(messages)) ref.cast('raft', { messages: part })
      }
    },
    idOf: (name) => ids.get(name),
    ref: (to) => refs.get(to),
    get running() {
      return up.size + 1
    },
  }
}

/** Splits what is too much for one cast. */
function parts(messages: readonly PeerMessage[]): PeerMessage[][] {
  const all: PeerMessage[][] = []
  let part: PeerMessage[] = []
  let bytes = 0
  for (const message of messages) {
    const size = peerMessageBytes(message)
    if (part.length > 0 && bytes + size > bounds.castBytesMax) {
      all.push(part)
      part = []
      bytes = 0
    }
    part.push(message)
    bytes += size
  }
  all.push(part)
  return all
}
