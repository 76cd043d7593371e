/** Faults of the time an actor reads. */
import { actorsParameter, both, type FaultKind, type Order, type Pick, pickParameter } from '../vocabulary.js'

interface OnActors {
  readonly actors: readonly string[]
  readonly pick: Pick
}

export type ClockFault = OnActors &
  (
    | { readonly type: 'clock-skew'; readonly offsetMs: number }
    | { readonly type: 'clock-jump'; readonly byMs: number }
    | { readonly type: 'clock-drift'; readonly rate: number }
  )

const target = { actors: actorsParameter, pick: pickParameter }
const yearMs = 365 * 86_400_000
const kind = (about: string, parameters: FaultKind['parameters'], lasts = true): FaultKind => ({
  layer: 'clock',
  about,
  stages: both,
  within: 'safe',
  lasts,
  parameters: { ...target, ...parameters },
})

export const clockFaults: Readonly<Record<ClockFault['type'], FaultKind>> = {
  'clock-skew': kind('Its wall clock is off; durations are right.', {
    offsetMs: { type: 'duration', about: 'ahead, or behind when negative', required: true, min: -yearMs, max: yearMs },
  }),
  'clock-jump': kind(
    "Both its clocks leap ahead at once, as after a machine's sleep.",
    { byMs: { type: 'duration', about: 'how far', required: true, min: 1, max: yearMs } },
    false,
  ),
  'clock-drift': kind('Its clocks and timers run too fast or too slow.', {
    rate: { type: 'number', about: 'times as fast: 1.05 gains three seconds a minute', required: true, min: 0.01, max: 100 },
  }),
}

export function clockOrders({ actors, pick, type, ...rest }: ClockFault, id: string, chosen: readonly string[]): Order[] {
  return chosen.map((actor) => ({ actor, spec: { ...rest, type: type.slice('clock-'.length), id, layer: 'clock' } as Order['spec'] }))
}
