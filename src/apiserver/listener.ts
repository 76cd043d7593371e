/**
 * The Listener port: the door to the world. A driver (drivers/http.ts) takes connections, hands each request to `serve`
 * as an Incoming and carries the Reply out; the behaviour sees no socket. Bytes of a Reply are written under
 * backpressure: the next chunk is asked for when the client has taken the last.
 */

/** A client certificate that the cluster's CA vouches for. */
export interface ClientCertificate {
  /** Subject CN. */
  readonly commonName: string
  /** Subject O, in order. */
  readonly organizations: readonly string[]
  /** SHA-256 of the DER, lower-case hex: the credential's id. */
  readonly fingerprint: string
}

/** One request as it came. */
export interface Incoming {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Lower-case names; values of a repeated header are joined with ', '. */
  readonly headers: Readonly<Record<string, string>>
  /** Every value of a repeatable header, in order. */
  values(name: string): readonly string[]
  /** The whole body. Rejects with an ApiError 413 when it is over limits.requestBodyBytesMax. */
  body(): Promise<Uint8Array>
  /** The body as it comes, unbounded: for proxies. Either this or body() is called, once. */
  bodyStream(): AsyncIterable<Uint8Array>
  /** The client's certificate; 'untrusted' when it showed one that the CA does not vouch for, or that has expired. */
  readonly certificate?: ClientCertificate | 'untrusted'
  /** Where it came from: 'ip:port'. */
  readonly remote: string
  /** The actor that sent it, when it came as a message. */
  readonly actor?: { readonly name: string; readonly role: string }
  /** The host and port the client called: 'ip:port'. */
  readonly local: string
  /** Aborted when the client is gone, or by abort(). */
  readonly signal: AbortSignal
  /** Whoever works on the request is to stop: its time is over. */
  abort(): void
  /** Set when the client asks to take the connection over. */
  readonly upgrade?: 'websocket' | 'other' | undefined
}

/** Both directions of a byte stream, as they are on the wire. */
export interface ByteDuplex {
  /** Resolves when there is room for more. Rejects when the peer is gone. */
  write(bytes: Uint8Array): Promise<void>
  readonly received: AsyncIterable<Uint8Array>
  /** Ends this side's direction. */
  end(): void
  /** Ends both at once. */
  destroy(): void
}

/** A WebSocket (RFC 6455) after its handshake. */
export interface MessageSocket {
  /** The subprotocol that was chosen; '' for none. */
  readonly protocol: string
  /** A string goes as a text message, bytes as a binary one. Resolves when there is room for more; rejects when the peer is gone. */
  send(message: string | Uint8Array): Promise<void>
  /** Messages of either kind, as bytes; ends when the peer closes or is gone. */
  readonly received: AsyncIterable<Uint8Array>
  close(code?: number, reason?: string): void
}

export type Reply =
  | {
      readonly type: 'whole'
      readonly status: number
      readonly headers: Record<string, string | readonly string[]>
      readonly body: string | Uint8Array
    }
  /** The head is sent before the first chunk is asked for. A thrown error cuts the connection (a watch says what is wrong in-band). */
  | {
      readonly type: 'stream'
      readonly status: number
      readonly headers: Record<string, string | readonly string[]>
      readonly chunks: AsyncIterable<string | Uint8Array>
    }
  /** No answer at all: the connection breaks. */
  | { readonly type: 'cut' }
  /** Accepts the WebSocket with this subprotocol; only for upgrade 'websocket'. */
  | {
      readonly type: 'websocket'
      readonly protocol: string
      readonly headers: Record<string, string | readonly string[]>
      readonly run: (socket: MessageSocket) => Promise<void>
    }
  /** Answers 101 with these headers and hands the bare connection over. */
  | {
      readonly type: 'raw'
      readonly headers: Record<string, string | readonly string[]>
      readonly run: (duplex: ByteDuplex) => Promise<void>
    }

/** Answers every request; never rejects. */
export type Serve = (incoming: Incoming) => Promise<Reply>

export interface ListenOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** PEM of the CAs whose client certificates count. */
  readonly clientCa: string
  readonly serve: Serve
}

export interface Listening {
  readonly host: string
  readonly port: number
  /** Takes no new connections, ends streams, lets whole answers finish for up to `graceMs`, cuts the rest. */
  close(graceMs: number): Promise<void>
}

export interface Listener {
  /** Rejects with a CodedError 'ListenFailed' when the address cannot be had. */
  listen(options: ListenOptions): Promise<Listening>
}

/** Both directions of zlib (RFC 1950) with a preset dictionary and a state that lives as long as the connection (SPDY/3.1 headers). */
export interface HeaderCompression {
  /** Flushed so far that the peer can read all of it. */
  compress(bytes: Uint8Array): Promise<Uint8Array>
  decompress(bytes: Uint8Array): Promise<Uint8Array>
  close(): void
}

export type CreateHeaderCompression = (dictionary: Uint8Array) => HeaderCompression
