/**
 * How the runtime server and its clients talk over a unix socket: frames of a JSON header and raw bytes. Not the kernel's
 * codec, because the server is no actor: it must start fast, import little, and outlive every kubelet.
 *
 *   u32 length of what follows | u32 length of the header | header, JSON | payload
 *
 * A connection begins with a hello. A 'control' connection then carries calls, their results and events; a 'session'
 * connection is one exec or attach, so that a slow reader holds up its own session only.
 */
import type { Socket } from 'node:net'

export type Hello =
  | { readonly type: 'control'; readonly node: string }
  | {
      readonly type: 'exec'
      readonly container: string
      readonly command: readonly string[]
      readonly stdin: boolean
      readonly tty: boolean
    }
  | { readonly type: 'attach'; readonly container: string; readonly stdin: boolean; readonly tty: boolean }

export interface Frame {
  readonly header: Record<string, unknown>
  readonly payload: Buffer
}

const frameBytesMax = 64 * 1024 * 1024

export function encodeFrame(header: object, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4 + text.length + payload.length, 0)
  head.writeUInt32BE(text.length, 4)
  return Buffer.concat([head, text, payload])
}

/** Sends a frame; false when the socket asks to wait for 'drain'. */
export function sendFrame(socket: Socket, header: object, payload?: Uint8Array): boolean {
  return socket.destroyed ? true : socket.write(encodeFrame(header, payload))
}

/** Calls `receive` with each whole frame of the socket; a frame over the bound destroys it. */
export function readFrames(socket: Socket, receive: (frame: Frame) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk
    while (rest.length >= 8) {
      const length = rest.readUInt32BE(0)
      if (length > frameBytesMax || length < 4) return void socket.destroy(new Error(`Cannot read a frame of ${length} bytes`))
      if (rest.length < 4 + length) return
      const headerLength = rest.readUInt32BE(4)
      const header = JSON.parse(rest.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>
      const payload = rest.subarray(8 + headerLength, 4 + length)
      rest = rest.subarray(4 + length)
      receive({ header, payload })
    }
  })
}
