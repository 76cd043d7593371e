/**
 * Poison messages: the same message (type, method and a digest of its params) that crashes an actor several times is
 * parked: the actor's next incarnations refuse it, its sender gets code 'PoisonMessage', a dead letter tells of it, and
 * the actor lives. A message is blamed for a crash when its handler threw or rejected, or when the actor hung, ran out
 * of memory or left while the handler's own code was running; never for what a timer, a background loop or
 * Context.crash() did.
 *
 * Parking is for a time, doubled with every relapse: what looked like poison may have been a bad moment, and nobody has
 * to come and repair that. The register belongs to the host, because the actor's own memory dies with it.
 */
import { digestOf } from './codec.js'
import type { Envelope } from './envelope.js'

/** The message that an incarnation ended of. */
export interface Culprit {
  readonly type: 'call' | 'cast' | 'open'
  readonly method: string
  /** 16 hexadecimal digits over type, method and params. */
  readonly digest: string
  /** Who sent it: `role/name#incarnation`. */
  readonly from: string
  /** The beginning of its params as JSON. */
  readonly preview: string
}

/** A parked message. */
export interface Parked extends Culprit {
  readonly actor: string
  /** Crashes it has caused. */
  readonly crashes: number
  /** Wall time of the last crash. */
  readonly at: number
  /** How long it is parked from then on, in milliseconds. */
  readonly forMs: number
}

export interface PoisonOptions {
  /** Crashes of the same message after which it is parked; 0: never. */
  readonly crashes: number
  /** A message that has not crashed its actor for this long is forgotten. */
  readonly withinMs: number
  /** How long it is parked at first, and at most. */
  readonly parkMs: number
  readonly parkMsMax: number
}

export const poisonDefaults: PoisonOptions = { crashes: 3, withinMs: 60_000, parkMs: 60_000, parkMsMax: 3_600_000 }

/** What an incarnation is told about its predecessors' ends. */
export interface PoisonBrief {
  readonly parked: readonly { readonly digest: string; readonly method: string; readonly forMs: number }[]
  /** Its predecessor ended in a way that says nothing of its cause: this one shows each message before it handles it. */
  readonly watch: boolean
}

export interface PoisonRegister {
  /** An incarnation of `actor` ended badly, of this message when it is known. The parked message when that was once too often. */
  crashed(actor: string, culprit: Culprit | undefined): Parked | undefined
  brief(actor: string): PoisonBrief
  parked(): readonly Parked[]
  /** Lets a parked message through again, or all of an actor's. The number of those released. */
  release(actor: string, digest?: string): number
}

interface Suspect {
  readonly culprit: Culprit
  crashes: number
  at: number
  atMonotonic: number
  forMs: number
}

const suspectsMax = 1_000

/** `clock` is the host's. */
export function createPoisonRegister(
  { crashes, withinMs, parkMs, parkMsMax }: PoisonOptions,
  clock: { now(): number; monotonic(): number },
): PoisonRegister {
  const suspects = new Map<string, Map<string, Suspect>>()
  const unexplained = new Map<string, number>()
  const leftMs = (suspect: Suspect): number => (suspect.forMs === 0 ? 0 : suspect.atMonotonic + suspect.forMs - clock.monotonic())
  const parkedOf = (actor: string): Suspect[] => [...(suspects.get(actor)?.values() ?? [])].filter((suspect) => leftMs(suspect) > 0)
  const show = (actor: string, { culprit, crashes: count, at, forMs }: Suspect): Parked => ({
    ...culprit,
    actor,
    crashes: count,
    at,
    forMs,
  })

  function forget(actor: string): Map<string, Suspect> {
    const own = suspects.get(actor) ?? new Map<string, Suspect>()
    suspects.set(actor, own)
    for (const [digest, suspect] of own)
      if (clock.monotonic() - suspect.atMonotonic > Math.max(withinMs, 2 * suspect.forMs) || own.size > suspectsMax) own.delete(digest)
    return own
  }

  return {
    crashed(actor, culprit) {
      if (crashes === 0) return undefined
      if (!culprit) {
        unexplained.set(actor, clock.monotonic())
        return undefined
      }
      const own = forget(actor)
      const suspect = own.get(culprit.digest) ?? { culprit, crashes: 0, at: 0, atMonotonic: 0, forMs: 0 }
      own.set(culprit.digest, suspect)
      suspect.crashes++
      suspect.at = clock.now()
      suspect.atMonotonic = clock.monotonic()
      if (suspect.crashes < crashes) return undefined
      suspect.forMs = suspect.forMs === 0 ? parkMs : Math.min(parkMsMax, suspect.forMs * 2)
      return show(actor, suspect)
    },
    brief(actor) {
      const at = unexplained.get(actor)
      return {
        parked: parkedOf(actor).map((suspect) => ({
          digest: suspect.culprit.digest,
          method: suspect.culprit.method,
          forMs: leftMs(suspect),
        })),
        watch: at !== undefined && clock.monotonic() - at <= withinMs,
      }
    },
    parked: () => [...suspects.keys()].flatMap((actor) => parkedOf(actor).map((suspect) => show(actor, suspect))),
    release(actor, digest) {
      const released = parkedOf(actor).filter(({ culprit }) => digest === undefined || culprit.digest === digest)
      for (const { culprit } of released) suspects.get(actor)?.delete(culprit.digest)
      return released.length
    },
  }
}

export type Causing = Envelope & { readonly type: 'call' | 'cast' | 'open' }

/** Whether an envelope causes work, and so may be poison. */
export function isCausing(envelope: Envelope): envelope is Causing {
  return envelope.type === 'call' || envelope.type === 'cast' || envelope.type === 'open'
}

const previewCharsMax = 500

/** The message as a culprit. Costs an encoding: only for messages under suspicion. */
export function culpritOf(envelope: Causing, from: string): Culprit {
  const { type, method, params } = envelope
  const text = JSON.stringify(params, (_, value) => (value instanceof Uint8Array ? `${value.length} bytes` : value)) ?? ''
  return {
    type,
    method,
    digest: digestOf([type, method, params]),
    from,
    preview: text.length > previewCharsMax ? `${text.slice(0, previewCharsMax)}…` : text,
  }
}

/** An incarnation's own view of what is parked for it. */
export interface PoisonFilter {
  replace(parked: PoisonBrief['parked']): void
  blocks(envelope: Causing): boolean
}

export function createPoisonFilter(monotonic: () => number): PoisonFilter {
  /** Until when, by method and digest: most methods have no parked message and cost nothing. */
  let until = new Map<string, Map<string, number>>()
  return {
    replace(parked) {
      until = new Map()
      for (const { method, digest, forMs } of parked)
        until.set(method, (until.get(method) ?? new Map<string, number>()).set(digest, monotonic() + forMs))
    },
    blocks({ type, method, params }) {
      const digests = until.get(method)
      if (!digests) return false
      const end = digests.get(digestOf([type, method, params]))
      return end !== undefined && monotonic() < end
    },
  }
}
