/** At which revision each frozen, lagging or past view stands: kept for as long as its fault is in force. */
import type { Timer } from '../../base/clock.js'
import type { Context } from '../../kernel/context.js'
import type { Faults } from '../../kernel/faults.js'
import { type ApiSpec, apiSpecs } from './selector.js'

/** Where each frozen or lagging view is. */
export interface Positions {
  /** The newest revision that the view shows; undefined when it is not yet known. */
  of(spec: ApiSpec): number | undefined
}

export interface PositionsOptions {
  readonly context: Context
  readonly faults: Faults
  /** The newest revision that the server knows. */
  readonly revision: () => number
}

/** How often a lagging view's past is noted, as a share of its lag. */
const samplesPerLag = 20

/** Freezes revisions when faults begin, and keeps the recent past of those that lag. */
export function createPositions({ context, faults, revision }: PositionsOptions): Positions {
  const frozen = new Map<string, number>()
  let samples: { readonly at: number; readonly revision: number }[] = []
  let sampling: Timer | undefined
  const { clock } = context

  const sample = (keepMs: number): void => {
    const now = clock.monotonic()
    samples.push({ at: now, revision: revision() })
    // One older than the lag stays: it is what is shown.
    while (samples[1] !== undefined && samples[1].at <= now - keepMs) samples.shift()
  }
  faults.onChange(() => {
    const specs = apiSpecs(faults.of('api'))
    for (const id of [...frozen.keys()]) if (!specs.some((spec) => spec.id === id)) frozen.delete(id)
    for (const spec of specs) if ((spec.type === 'frozen' || spec.type === 'past') && !frozen.has(spec.id) && revision() > 0) freeze(spec)
    const lags = specs.flatMap((spec) => (spec.type === 'lagging' ? [spec.lagMs] : []))
    sampling?.cancel()
    sampling = undefined
    if (lags.length === 0) samples = []
    else {
      const keepMs = Math.max(...lags)
      sample(keepMs)
      sampling = clock.every(Math.max(5, Math.min(...lags) / samplesPerLag), () => sample(keepMs))
    }
  })
  const freeze = (spec: ApiSpec & { type: 'frozen' | 'past' }): number => {
    const now = revision()
    const at = spec.type === 'frozen' ? (spec.revision ?? now) : Math.max(1, now - spec.revisions)
    frozen.set(spec.id, at)
    return at
  }

  return {
    of(spec) {
      if (spec.type === 'frozen' || spec.type === 'past') return frozen.get(spec.id) ?? (revision() > 0 ? freeze(spec) : undefined)
      if (spec.type !== 'lagging') return undefined
      const until = clock.monotonic() - spec.lagMs
      return samples.findLast(({ at }) => at <= until)?.revision ?? samples[0]?.revision
    },
  }
}
