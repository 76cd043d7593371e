/** A Link over a MessagePort: frames are transferred, not copied; the peer's death closes the port within about 1 ms. */
import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../address.js'
import type { Link } from '../link.js'

export function createPortLink(port: MessagePort, peer: Address): Link {
  let closed = false
  return {
    peer,
    send(frame) {
      if (!closed) port.postMessage(frame, [frame.buffer])
    },
    listen(onFrame, onClose) {
      port.on('message', onFrame)
      port.on('messageerror', onClose)
      port.on('close', () => {
        closed = true
        onClose()
      })
    },
    close() {
      if (closed) return
      closed = true
      port.close()
    },
  }
}
