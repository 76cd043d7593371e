/**
 * The few globals of the platform that are plain computation and may be used anywhere: they read no clock, draw no
 * chance and reach nobody. tsconfig.pure.json compiles the pure folders against this file instead of Node's types.
 */

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare var AbortSignal: {
  any(signals: AbortSignal[]): AbortSignal
  abort(reason?: unknown): AbortSignal
}
interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare var AbortController: { new (): AbortController }
interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>
}
declare var TextEncoder: { new (): TextEncoder }
interface TextDecoder {
  decode(input?: Uint8Array | ArrayBuffer, options?: { stream?: boolean }): string
}
declare var TextDecoder: { new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder }
declare function structuredClone<T>(value: T): T
declare function queueMicrotask(callback: () => void): void
declare function atob(data: string): string
declare function btoa(data: string): string
interface URLSearchParams {
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string): boolean
  append(name: string, value: string): void
  [Symbol.iterator](): IterableIterator<[string, string]>
  toString(): string
}
declare var URLSearchParams: { new (init?: string | Record<string, string> | [string, string][]): URLSearchParams }
