/**
 * The Link port: a wire between two incarnations. Frames arrive in the order they were sent, each at most once, until
 * the link closes; after that nothing arrives. There is no order between different links. Faults are injected here,
 * above the codec, so that they break the system and not the encoding.
 */
import type { Address } from './address.js'

export interface Link {
  readonly peer: Address
  /** Sends a frame, whose buffer belongs to the link from then on. On a closed link it does nothing. */
  send(frame: Uint8Array<ArrayBuffer>): void
  /** Called once, before any frame is due. `onClose` runs once, after the last frame. */
  listen(onFrame: (frame: Uint8Array) => void, onClose: () => void): void
  close(): void
}
