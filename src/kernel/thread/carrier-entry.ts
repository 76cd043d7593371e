/**
 * A thread that is told whom to play (see carrier.ts). Actors that share it share its event loop, its heap and its fate: an
 * error that nobody catches, a hang or a full heap ends them all. One of them that crashes or is killed is halted: nothing
 * it still does has an effect, but what its drivers hold open stays open, so only actors without drivers share a thread.
 */
import { parentPort } from 'node:worker_threads'
import { defined } from '../../base/assert.js'
import { becomeCarrier, type FromCarrier, type Play, type Seat, type ToCarrier } from './carrier.js'

const port = defined(parentPort, 'a carrier runs in a worker')
const post = (message: FromCarrier) => port.postMessage(message)
const plays = new Map<string, Promise<Play>>()
const seats = new Map<number, Seat>()

/** Entries load one at a time: that is how it is known whose runActor() was called. */
let loading: Promise<unknown> = Promise.resolve()

function load(entry: string): Promise<Play> {
  const known = plays.get(entry)
  if (known) return known
  const play = loading.then(async () => {
    let found: Play | undefined
    becomeCarrier((own) => {
      found = own
    })
    await import(entry)
    return defined(found, `${entry} plays an actor`)
  })
  plays.set(entry, play)
  loading = play
  return play
}

async function receive(message: ToCarrier): Promise<void> {
  switch (message.type) {
    case 'load':
      await load(message.entry)
      return post({ type: 'loaded', entry: message.entry })
    case 'start': {
      const { seat: number, solo } = message
      const seat: Seat = {
        solo,
        exit(code) {
          if (solo) process.exit(code)
          if (seats.delete(number)) post({ type: 'over', seat: number, code })
        },
      }
      seats.set(number, seat)
      const play = await load(message.entry)
      // Ended while its code was loading.
      if (!seats.has(number)) return
      return play(message.start, seat)
    }
    case 'end': {
      const seat = seats.get(message.seat)
      seat?.onEnd?.()
      return seat?.exit(1)
    }
  }
}

port.on('message', (message: ToCarrier) => void receive(message))
