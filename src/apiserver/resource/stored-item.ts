/**
 * One object at one revision as everybody reads it: parsed at most once, encoded at most once, and only when somebody
 * asks. The stored value is the wire's JSON without resourceVersion; the served JSON is that text with the revision put
 * in, so a get costs neither a parse nor an encoding. Next: wire-form.ts, shelf.ts.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { ObjectSchema } from '../../api/schema/types.js'
import type { Served } from '../request.js'
import { deepFreeze, type Form, parseWire, wireText } from './wire-form.js'

const decoder = new TextDecoder()
const metadataOpening = '"metadata":{'

/** An object of the store. `revision` is its resourceVersion; for a deleted one that of the deletion. */
export class StoredItem implements Served {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly revision: number
  readonly #form: Form
  #bytes: Uint8Array | undefined
  #text: string | undefined
  #object: KubeObject | undefined
  #json: string | undefined
  #views: Map<string, Served> | undefined

  constructor(
    place: { readonly key: string; readonly namespace: string; readonly name: string },
    revision: number,
    value: Uint8Array | string,
    form: Form,
  ) {
    this.key = place.key
    this.namespace = place.namespace
    this.name = place.name
    this.revision = revision
    this.#form = form
    if (typeof value === 'string') this.#text = value
    else this.#bytes = value
  }

  /** The stored JSON. */
  get text(): string {
    if (this.#text === undefined) {
      this.#text = decoder.decode(this.#bytes)
      this.#bytes = undefined
    }
    return this.#text
  }

  /** The object in its storage version, with its resourceVersion. Shared: never to be changed. */
  get object(): KubeObject {
    this.#object ??= parseWire(this.json(), this.#form)
    return this.#object
  }

  readonly json = (): string => {
    this.#json ??= withRevision(this.text, this.revision)
    return this.#json
  }

  /** The same object at another revision: what a watcher is told when it leaves. */
  at(revision: number): StoredItem {
    return new StoredItem(this, revision, this.text, this.#form)
  }

  /** The object in another version, converted once. */
  view(apiVersion: string, convert: (object: KubeObject) => KubeObject, schema: ObjectSchema): Served {
    const known = this.#views?.get(apiVersion)
    if (known) return known
    const object = convert(structuredClone(this.object))
    const served = serve(this.#form.freeze ? deepFreeze(object) : object, schema)
    this.#views ??= new Map()
    this.#views.set(apiVersion, served)
    return served
  }
}

/** A Served of an object that is not in the mirror. The object must not be changed afterwards. */
export function serve(object: KubeObject, schema?: ObjectSchema): Served {
  let json: string | undefined
  return {
    object,
    json: () => {
      json ??= wireText(object, schema)
      return json
    },
  }
}

/** The stored text with the resourceVersion put in. */
function withRevision(text: string, revision: number): string {
  const opening = text.startsWith('{"kind":"') ? text.indexOf(metadataOpening) : -1
  if (opening < 0) {
    // Not written by this server.
    const object = JSON.parse(text) as KubeObject
    object.metadata.resourceVersion = String(revision)
    return wireText(object, undefined)
  }
  const at = opening + metadataOpening.length
  return `${text.slice(0, at)}"resourceVersion":"${revision}"${text[at] === '}' ? '' : ','}${text.slice(at)}`
}
