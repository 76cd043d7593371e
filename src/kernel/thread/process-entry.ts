/** A process that plays one actor (see process-vessel.ts). It ends with its actor, and when its host is gone. */
import { MessageChannel } from 'node:worker_threads'
import { defined } from '../../base/assert.js'
import { becomeCarrier, type Play, type Seat } from './carrier.js'
import { type Bridged, createPortBridge } from './port-bridge.js'
import type { FromProcess, ProcessStart } from './process-vessel.js'
import { createVitalSigns } from './vital-signs.js'

const send = (message: FromProcess, sent: () => void = () => {}) => {
  if (process.connected) process.send?.(message, sent)
  else sent()
}
const bridge = createPortBridge(send, 0)
/** The head of the vital signs; what lies behind it is of no use to who cannot read it after a hang. */
const headBytes = 12

async function play({ entry, start }: ProcessStart): Promise<void> {
  let found: Play | undefined
  becomeCarrier((own) => {
    found = own
  })
  await import(entry)
  const [control, host] = [new MessageChannel(), new MessageChannel()]
  bridge.adopt(control.port2, 0)
  bridge.adopt(host.port2, 1)
  started = true
  for (const message of early.splice(0)) bridge.receive(message)
  const heartbeat = createVitalSigns()
  setInterval(() => send({ type: 'signs', signs: new Uint8Array(heartbeat).slice(0, headBytes) }), start.heartbeatPeriodMs)
  let leaving = false
  const seat: Seat = {
    solo: true,
    exit(code) {
      if (leaving) return
      leaving = true
      // What the actor said last is still in its ports: a turn for them, another for the channel.
      setImmediate(() => setImmediate(() => send({ type: 'signs', signs: new Uint8Array(0) }, () => process.exit(code))))
    },
  }
  await defined(found, `${entry} plays an actor`)({ ...start, control: control.port1, host: host.port1, heartbeat }, seat)
}

const early: Bridged[] = []
let started = false
process.on('message', (message: ProcessStart | Bridged) => {
  if (message.type === 'start') void play(message)
  else if (started) bridge.receive(message)
  else early.push(message)
})
process.on('disconnect', () => process.exit(1))
