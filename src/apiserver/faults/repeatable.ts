/** A request whose body can be read more than once. */
import type { ClientCertificate, Incoming } from '../listener.js'

export class RepeatableIncoming implements Incoming {
  readonly #incoming: Incoming
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly certificate?: ClientCertificate | 'untrusted'
  readonly remote: string
  readonly actor?: { readonly name: string; readonly role: string }
  readonly local: string
  #body: Promise<Uint8Array> | undefined

  constructor(incoming: Incoming) {
    this.#incoming = incoming
    this.method = incoming.method
    this.url = incoming.url
    this.headers = incoming.headers
    this.remote = incoming.remote
    this.local = incoming.local
    if (incoming.actor) this.actor = incoming.actor
    if (incoming.certificate) this.certificate = incoming.certificate
  }

  values(name: string): readonly string[] {
    return this.#incoming.values(name)
  }

  body(): Promise<Uint8Array> {
    this.#body ??= this.#incoming.body()
    return this.#body
  }

  async *bodyStream(): AsyncGenerator<Uint8Array> {
    yield await this.body()
  }

  get signal(): AbortSignal {
    return this.#incoming.signal
  }

  abort(): void {
    this.#incoming.abort()
  }

  get upgrade(): 'websocket' | 'other' | undefined {
    return this.#incoming.upgrade
  }
}
