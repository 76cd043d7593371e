/**
 * MessagePorts over a channel between two processes: what arrives at a port is sent along with the port's number, and ports
 * that travel inside a message get numbers of their own. Order holds per port, as everywhere. When either end of a port
 * closes the other does; when the channel breaks, all do.
 */
import { MessageChannel, MessagePort } from 'node:worker_threads'

/** What travels between two bridges. */
export type Bridged =
  | { readonly type: 'message'; readonly port: number; readonly message: unknown; readonly carries?: number }
  | { readonly type: 'closed'; readonly port: number }

export interface PortBridge {
  /** Carries a port under a number both sides know. */
  adopt(port: MessagePort, number: number): void
  receive(message: Bridged): void
  /** The channel is gone: closes every port. */
  close(): void
}

/** The side that starts gives ports in messages their numbers from `firstNumber` on; the other side never sends ports. */
export function createPortBridge(send: (message: Bridged) => void, firstNumber: number): PortBridge {
  const ports = new Map<number, MessagePort>()
  let next = firstNumber
  let closed = false

  function adopt(port: MessagePort, number: number): void {
    ports.set(number, port)
    port.on('message', (message: unknown) => {
      const inner = portIn(message)
      if (!inner) return send({ type: 'message', port: number, message })
      const carries = next++
      adopt(inner, carries)
      send({ type: 'message', port: number, message: { ...(message as object), port: undefined }, carries })
    })
    port.on('close', () => {
      if (ports.delete(number) && !closed) send({ type: 'closed', port: number })
    })
  }

  return {
    adopt,
    receive(message) {
      const port = ports.get(message.port)
      if (message.type === 'closed') {
        ports.delete(message.port)
        return port?.close()
      }
      if (!port) return
      if (message.carries === undefined) return port.postMessage(message.message)
      const { port1, port2 } = new MessageChannel()
      adopt(port2, message.carries)
      port.postMessage({ ...(message.message as object), port: port1 }, [port1])
    },
    close() {
      closed = true
      for (const port of ports.values()) port.close()
      ports.clear()
    },
  }
}

function portIn(message: unknown): MessagePort | undefined {
  const port = (message as { port?: unknown } | undefined)?.port
  return port instanceof MessagePort ? port : undefined
}
