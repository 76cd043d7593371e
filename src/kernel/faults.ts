/**
 * Faults in force on one actor, as data. The actor's own machinery acts on those of the layers 'actor', 'message' and
 * 'clock'; what a component or its port does is asked for by it: the API server looks up 'api', a replica's disk 'disk'.
 * Nothing here costs a cluster without faults more than the look at an empty list. Read next: faulty-link.ts,
 * faulty-clock.ts, and src/chaos for what makes such specs of a plan.
 */
import type { Address } from './address.js'

export type FaultLayer = 'actor' | 'message' | 'api' | 'disk' | 'clock'

/** What happens to the actor itself. */
export type ActorFault =
  /** No message is handled and no timer fires; I/O that is under way still ends. */
  | { readonly layer: 'actor'; readonly type: 'pause' }
  /** Every message takes this much longer. */
  | { readonly layer: 'actor'; readonly type: 'slow'; readonly perMessageMs: number }
  /** The event loop stands still: for so long, or until somebody ends it. */
  | { readonly layer: 'actor'; readonly type: 'hang'; readonly forMs?: number }
  /** Memory is taken until there is none. */
  | { readonly layer: 'actor'; readonly type: 'out-of-memory' }

/** What happens to messages that the actor sends to peers of these names or roles (globs). */
export type MessageFault = { readonly layer: 'message'; readonly peers: readonly string[] } & (
  | { readonly type: 'delay'; readonly delayMs: number; readonly jitterMs: number; readonly probability: number }
  /** Casts only: each is late by up to `windowMs` and may be overtaken. */
  | { readonly type: 'reorder'; readonly windowMs: number; readonly probability: number }
  /** Casts only. */
  | { readonly type: 'drop'; readonly probability: number }
  /** Casts only. */
  | { readonly type: 'duplicate'; readonly probability: number }
  /** Casts are lost; all else stands still until it is healed, as on a broken network under TCP. */
  | { readonly type: 'cut' }
  /** Everything stands still until it is healed. */
  | { readonly type: 'clog' }
)

/** What the actor reads off its clock. */
export type ClockFault =
  /** Wall time is off by so much. */
  | { readonly layer: 'clock'; readonly type: 'skew'; readonly offsetMs: number }
  /** Both clocks leap ahead by so much at once, as after a machine's sleep. */
  | { readonly layer: 'clock'; readonly type: 'jump'; readonly byMs: number }
  /** Both clocks and all timers run this many times as fast. */
  | { readonly layer: 'clock'; readonly type: 'drift'; readonly rate: number }

/** What a component or its port does; its own protocol says which types and parameters there are. */
export interface PortFault {
  readonly layer: 'api' | 'disk'
  readonly type: string
}

export type FaultSpec = { readonly id: string } & (ActorFault | MessageFault | ClockFault | PortFault)
/** The specs of one layer. */
export type FaultOf<L extends FaultLayer> = Extract<FaultSpec, { readonly layer: L }>

/** What components see of the faults in force. */
export interface Faults {
  /** Those of a layer, oldest first. */
  of<L extends FaultLayer>(layer: L): readonly FaultOf<L>[]
  /** Calls `listener` after each change. */
  onChange(listener: () => void): { cancel(): void }
  /** The fault has acted once more. */
  hit(id: string): void
}

export interface FaultBoard extends Faults {
  /** Puts a fault in force, in place of one with the same id. */
  apply(spec: FaultSpec): void
  /** Ends it; returns how often it acted. Nothing happens when there is none. */
  heal(id: string): number
}

const none: readonly never[] = []

/** A board without faults. `onHit` is told of each fault's 1st, 2nd, 4th, 8th, ... action, and of every one of an observer's. */
export function createFaultBoard(onHit: (id: string, count: number) => void = () => {}): FaultBoard {
  const specs = new Map<string, FaultSpec>()
  const hits = new Map<string, number>()
  const listeners = new Set<() => void>()
  let byLayer: Partial<Record<FaultLayer, readonly FaultSpec[]>> = {}
  const changed = (): void => {
    byLayer = {}
    for (const spec of specs.values()) byLayer[spec.layer] = [...(byLayer[spec.layer] ?? []), spec]
    for (const listener of [...listeners]) listener()
  }
  return {
    of: <L extends FaultLayer>(layer: L) => (byLayer[layer] ?? none) as readonly FaultOf<L>[],
    onChange(listener) {
      listeners.add(listener)
      return { cancel: () => void listeners.delete(listener) }
    },
    hit(id) {
      const count = (hits.get(id) ?? 0) + 1
      hits.set(id, count)
      if ((count & (count - 1)) === 0 || specs.get(id)?.type === 'observe') onHit(id, count)
    },
    apply(spec) {
      specs.set(spec.id, spec)
      changed()
    },
    heal(id) {
      const count = hits.get(id) ?? 0
      hits.delete(id)
      if (specs.delete(id)) changed()
      return count
    },
  }
}

/** Whether a text is meant by a glob: `*` stands for any characters, everything else for itself. */
export function matchesGlob(glob: string, text: string): boolean {
  if (!glob.includes('*')) return glob === text
  const parts = glob.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > text.length - last.length) return false
    at = found + part.length
  }
  return true
}

/** Whether an actor is meant by one of these globs, by its name or its role. */
export function matchesActor(globs: readonly string[], { name, role }: Pick<Address, 'name' | 'role'>): boolean {
  return globs.some((glob) => matchesGlob(glob, name) || matchesGlob(glob, role))
}
