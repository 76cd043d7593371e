/**
 * A Link whose sending end loses, repeats, delays, reorders and holds frames as the faults in force say. It stands above
 * the codec and breaks no promise of the protocol: only casts, which may be lost, are dropped, repeated or overtaken;
 * calls, answers and streams are late or stand still, in order, as they would be under TCP on a broken network.
 *
 * Invariants: 1. what is no cast leaves in the order it was sent. 2. a frame that is held leaves once all that holds it is
 * healed. 3. after close() nothing leaves.
 */
import type { Clock, Timer } from '../base/clock.js'
import type { Random } from '../base/random.js'
import { decodeEnvelope } from './codec.js'
import { type FaultOf, type Faults, matchesActor } from './faults.js'
import type { Link } from './link.js'

/** Frames one link holds at most; beyond it casts are lost. Calls and streams bound themselves by deadlines and credit. */
const heldFramesMax = 10_000

interface Held {
  readonly frame: Uint8Array<ArrayBuffer>
  readonly dueAt: number
  readonly by: Set<string>
}

export interface FaultyLinkOptions {
  readonly faults: Faults
  readonly clock: Clock
  readonly random: Random
}

/** What the faults make of one frame. */
interface Fate {
  lost: boolean
  copies: number
  delayMs: number
  /** Set for a cast that others may overtake. */
  strayMs: number
  readonly by: Set<string>
}

/** `link` with the faults of layer 'message' that mean its peer, on what is sent into it. */
export function createFaultyLink(link: Link, { faults, clock, random }: FaultyLinkOptions): Link {
  const queue: Held[] = []
  let timer: Timer | undefined
  let closed = false
  const watching = faults.onChange(() => release())
  const end = (): void => {
    closed = true
    watching.cancel()
    timer?.cancel()
    queue.length = 0
  }

  function release(): void {
    timer?.cancel()
    timer = undefined
    if (queue.length === 0) return
    const active = new Set(faults.of('message').map(({ id }) => id))
    for (const held of queue) for (const id of held.by) if (!active.has(id)) held.by.delete(id)
    const now = clock.monotonic()
    let head = queue[0]
    while (head && head.by.size === 0 && head.dueAt <= now) {
      queue.shift()
      link.send(head.frame)
      head = queue[0]
    }
    if (head && head.by.size === 0) timer = clock.after(head.dueAt - now, release)
  }

  function carry(frame: Uint8Array<ArrayBuffer>, active: readonly FaultOf<'message'>[]): void {
    const isCast = decodeEnvelope(frame).type === 'cast'
    const fate: Fate = { lost: false, copies: 1, delayMs: 0, strayMs: 0, by: new Set() }
    for (const fault of active) suffer(fault, fate, { isCast, random, hit: (id) => faults.hit(id) })
    if (fate.lost || (isCast && queue.length >= heldFramesMax)) return
    for (let copy = 1; copy <= fate.copies; copy++) {
      const own = copy < fate.copies ? frame.slice() : frame
      if (fate.strayMs > 0 && fate.by.size === 0)
        clock.after(fate.delayMs + random.float() * fate.strayMs, () => {
          if (!closed) link.send(own)
        })
      else if (queue.length === 0 && fate.by.size === 0 && fate.delayMs === 0) link.send(own)
      else queue.push({ frame: own, dueAt: clock.monotonic() + fate.delayMs, by: new Set(fate.by) })
    }
    release()
  }

  return {
    peer: link.peer,
    send(frame) {
      if (closed) return
      const all = faults.of('message')
      if (all.length === 0 && queue.length === 0) return link.send(frame)
      carry(
        frame,
        all.filter(({ peers }) => matchesActor(peers, link.peer)),
      )
    },
    listen: (onFrame, onClose) =>
      link.listen(onFrame, () => {
        end()
        onClose()
      }),
    close() {
      end()
      link.close()
    },
  }
}

function suffer(
  fault: FaultOf<'message'>,
  fate: Fate,
  { isCast, random, hit }: { readonly isCast: boolean; readonly random: Random; readonly hit: (id: string) => void },
): void {
  switch (fault.type) {
    case 'clog':
      fate.by.add(fault.id)
      return hit(fault.id)
    case 'cut':
      if (isCast) fate.lost = true
      else fate.by.add(fault.id)
      return hit(fault.id)
    case 'delay':
      if (!random.chance(fault.probability)) return
      fate.delayMs += fault.delayMs + random.float() * fault.jitterMs
      return hit(fault.id)
    default:
      if (!isCast || !random.chance(fault.probability)) return
      if (fault.type === 'drop') fate.lost = true
      else if (fault.type === 'duplicate') fate.copies = 2
      else fate.strayMs = Math.max(fate.strayMs, fault.windowMs)
      return hit(fault.id)
  }
}
