/**
 * Faults at the API, as they reach an API server: what happens to the requests that a selector means, whoever sends
 * them, by whichever door. stage.ts and views.ts carry them out.
 */

/** Which requests are meant: every field that is there must match, by one of its globs (`*` is any text). */
export interface RequestSelector {
  /** Name or role of the actor that sends it; a request from outside the cast has none. */
  readonly actor?: readonly string[]
  readonly user?: readonly string[]
  readonly userAgent?: readonly string[]
  /** get, list, watch, create, update, patch, delete, deletecollection; `read` and `write` mean all of theirs. */
  readonly verb?: readonly string[]
  /** Plural, or plural.group: `pods`, `deployments.apps`. */
  readonly resource?: readonly string[]
  readonly subresource?: readonly string[]
  readonly namespace?: readonly string[]
  /** Of a create, the name is not known yet: a selector with a name means no creates. */
  readonly name?: readonly string[]
}

/** What all of them have in common: of the requests meant, the first `skip` go by, then at most `times` are hit. */
interface Common {
  readonly layer: 'api'
  readonly requests: RequestSelector
  /** 0 to 1, of each request that is left. */
  readonly probability?: number
  readonly skip?: number
  readonly times?: number
}

/** Which reads a view changes: those that the API allows to be old, or also those that ask for the newest state. */
export type ViewScope = 'allowed' | 'all'

export type ApiFault = Common &
  (
    | { readonly type: 'error'; readonly code: number; readonly message?: string; readonly retryAfterSeconds?: number }
    | { readonly type: 'latency'; readonly delayMs: number; readonly jitterMs: number }
    /** The request is carried out, and the connection breaks before the answer. */
    | { readonly type: 'response-lost' }
    /** The request is carried out twice, one after the other; which answer the client gets. */
    | { readonly type: 'applied-twice'; readonly answer: 'first' | 'second' }
    /** Watches that are open break at once, and later ones after so many events or so long; without either only the open ones. */
    | { readonly type: 'watch-cut'; readonly afterEvents?: number; readonly afterMs?: number }
    | { readonly type: 'bookmark-withheld' }
    /** The client sees the state at a revision, from now on no newer one; default the revision when it begins. */
    | { readonly type: 'frozen'; readonly revision?: number; readonly scope: ViewScope }
    | { readonly type: 'lagging'; readonly lagMs: number; readonly scope: ViewScope }
    /** Events of these types are left out of watches. */
    | { readonly type: 'hidden'; readonly events: readonly ('ADDED' | 'MODIFIED' | 'DELETED')[] }
    /** Open watches break with 410, and lists show the state so many revisions ago. */
    | { readonly type: 'past'; readonly revisions: number }
    /** Nothing happens, but it is counted; the request that `count` is reached with is held for so long. */
    | { readonly type: 'observe'; readonly moment: 'before' | 'after'; readonly count: number; readonly holdMs: number }
  )
