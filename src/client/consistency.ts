/**
 * Read-your-own-writes, per object (KEP-5647): a controller never acts on a cache that is older than its own last write
 * for the object it acts on. Every write is noted under the key of that object together with the cache that has to show
 * it; fresh() tells whether they all do. This replaces the counted expectations of older controllers: it cannot be
 * satisfied by somebody else's event, does not expire, and holds for updates as for creations.
 *
 * Three notes, by what is known of a write:
 *   wrote     answered: the cache must reach the answer's resourceVersion, or a list asked for afterwards
 *   deleted   answered: the cache must not show the object any more, or show it terminating
 *   unknown   not answered: only a list asked for from now on tells; it is asked for
 */
import { type Informer, shows } from './informer.js'
import { type ApiObject, keyOf } from './resources.js'

export interface ReadYourWrites {
  wrote(
    key: string,
    informer: Informer<ApiObject>,
    written: { readonly metadata?: { readonly resourceVersion?: string | undefined } },
  ): void
  deleted(key: string, informer: Informer<ApiObject>, object: ApiObject): void
  unknown(key: string, informer: Informer<ApiObject>): void
  /** Whether every cache shows every write noted under `key`. */
  fresh(key: string): boolean
  /** The object is gone for good. */
  forget(key: string): void
}

/** True when the cache has what the note asks for. */
type Note = () => boolean

export function createReadYourWrites(): ReadYourWrites {
  const notes = new Map<string, Note[]>()
  const note = (key: string, one: Note) => {
    const list = notes.get(key)
    if (list) list.push(one)
    else notes.set(key, [one])
  }
  return {
    wrote(key, informer, { metadata }) {
      const written = metadata?.resourceVersion
      if (!written) return
      const asked = informer.progress().listsAsked
      note(key, () => shows(informer.progress(), written, asked))
    },
    deleted(key, informer, object) {
      const { uid } = object.metadata
      const cacheKey = keyOf(object)
      note(key, () => {
        const seen = informer.cache.get(cacheKey)
        return !seen || seen.metadata.uid !== uid || seen.metadata.deletionTimestamp !== undefined
      })
    },
    unknown(key, informer) {
      const asked = informer.progress().listsAsked
      informer.refresh()
      note(key, () => informer.progress().listSeen > asked)
    },
    fresh(key) {
      const left = (notes.get(key) ?? []).filter((shown) => !shown())
      if (left.length > 0) notes.set(key, left)
      else notes.delete(key)
      return left.length === 0
    },
    forget(key) {
      notes.delete(key)
    },
  }
}

/** Read-your-own-writes switched off: every cache passes as fresh. It exists so that tests can show what that costs. */
export const blindTrust: ReadYourWrites = { wrote() {}, deleted() {}, unknown() {}, fresh: () => true, forget() {} }
