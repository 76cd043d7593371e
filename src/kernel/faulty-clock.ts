/**
 * A Clock that is wrong as the faults in force say: off, ahead, too fast or too slow. Monotonic time never goes back,
 * also when a fault begins or is healed: a leap is kept, a drift goes on from where it got to. A timer that was set before an actor's first clock fault
 * keeps its time, a period takes the faulty clock's from its next tick on.
 */
import type { Clock, Timer } from '../base/clock.js'
import type { Faults } from './faults.js'

interface Pending {
  readonly run: () => void
  /** On the faulty monotonic clock. */
  readonly dueAt: number
  timer: Timer
}

/** `clock` with the faults of layer 'clock'. Until there is the first one, all is handed through. */
export function createFaultyClock(clock: Clock, faults: Faults): Clock {
  /** Faulty monotonic time = own + (real - at) * rate. */
  let anchor = { at: 0, own: 0, rate: 1 }
  let wallOffset = 0
  let touched = false
  const jumped = new Set<string>()
  const pending = new Set<Pending>()

  const monotonic = (): number => (touched ? anchor.own + (clock.monotonic() - anchor.at) * anchor.rate : clock.monotonic())

  faults.onChange(() => {
    const active = faults.of('clock')
    if (active.length === 0 && !touched) return
    const now = monotonic()
    let leap = 0
    let rate = 1
    wallOffset = 0
    for (const fault of active) {
      if (fault.type === 'skew') wallOffset += fault.offsetMs
      else if (fault.type === 'drift') rate *= fault.rate
      else if (!jumped.has(fault.id)) {
        jumped.add(fault.id)
        leap += fault.byMs
      }
      faults.hit(fault.id)
    }
    touched = true
    anchor = { at: clock.monotonic(), own: now + leap, rate }
    // What was set before fires when the faulty clock says so.
    for (const one of [...pending]) {
      one.timer.cancel()
      arm(one)
    }
  })

  function arm(one: Pending): void {
    one.timer = clock.after(Math.max(0, (one.dueAt - monotonic()) / anchor.rate), () => {
      pending.delete(one)
      one.run()
    })
  }

  function after(delayMs: number, run: () => void): Timer {
    if (!touched) return clock.after(delayMs, run)
    const one: Pending = { run, dueAt: monotonic() + delayMs, timer: idle }
    pending.add(one)
    arm(one)
    return {
      cancel() {
        pending.delete(one)
        one.timer.cancel()
      },
    }
  }

  return {
    now: () => (touched ? Math.floor(clock.now() + monotonic() - clock.monotonic() + wallOffset) : clock.now()),
    monotonic,
    after,
    every(periodMs, run) {
      let timer: Timer
      const tick = (): void => {
        timer = after(periodMs, tick)
        run()
      }
      timer = after(periodMs, tick)
      return { cancel: () => timer.cancel() }
    },
  }
}

const idle: Timer = { cancel() {} }
