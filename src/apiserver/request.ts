/**
 * The shapes that pass along the request path. The door (HTTPS or messages) makes an ApiCall; stages judge and handle
 * it; the handler gives an Answer; negotiation turns the Answer into bytes.
 */
import type { Kind, Subresource } from '../api/kind.js'
import type { KubeObject } from '../api/meta/object.js'
import type { Status } from '../api/meta/status.js'

/** Who asks (authentication.k8s.io/v1 UserInfo). */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'connect'

/** What a request is about (apiserver/pkg/endpoints/request RequestInfo). */
export interface ResourceTarget {
  readonly type: 'resource'
  readonly verb: Verb
  readonly kind: Kind
  /** '' for cluster-scoped kinds and for requests across all namespaces. */
  readonly namespace: string
  /** '' for collections. */
  readonly name: string
  readonly subresource?: Subresource
  /** What follows the subresource in the path (proxy); without the leading slash. */
  readonly rest: string
}
export interface PathTarget {
  readonly type: 'path'
  /** Lower-case HTTP method, as RBAC's nonResourceURLs are judged. */
  readonly verb: string
  readonly path: string
}

export interface ApiCall {
  readonly target: ResourceTarget | PathTarget
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly user: User
  /** Aborted when the client is gone or the request's deadline has passed. */
  readonly signal: AbortSignal
  /** Texts for Warning headers; stages add to it. */
  readonly warnings: string[]
  /** Set by the door when the connection can be taken over (WebSocket): see Answer 'connect'. */
  readonly upgradable: boolean
}

/** An object as it is served: with resourceVersion; encoded at most once, whoever reads it. */
export interface Served {
  readonly object: KubeObject
  /** Compact JSON of `object`. */
  readonly json: () => string
}

export interface ServedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly served: Served
}

/** A duplex byte session of the exec family, over numbered channels (remotecommand v5). */
export interface ChannelSession {
  /** Runs until the session is over. `receive` yields (channel, bytes) from the client, `close` marks its half-close (v5's 255). */
  run(io: {
    readonly protocol: string
    send(channel: number, bytes: Uint8Array): Promise<void>
    receive: AsyncIterable<
      { readonly type: 'data'; readonly channel: number; readonly bytes: Uint8Array } | { readonly type: 'close'; readonly channel: number }
    >
  }): Promise<void>
}

export type Answer =
  /** One object; Table and PartialObjectMetadata are made of it on demand. */
  | { readonly type: 'object'; readonly code: number; readonly served: Served; readonly kind?: Kind }
  | {
      readonly type: 'list'
      readonly kind: Kind
      readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
      readonly items: readonly Served[]
    }
  /** Batches of events until the iterable ends; a thrown ApiError becomes an ERROR event. */
  | { readonly type: 'watch'; readonly kind: Kind; readonly events: AsyncIterable<readonly ServedEvent[]> }
  | { readonly type: 'status'; readonly status: Status }
  /** Ready-made bytes: health, metrics, discovery, OpenAPI. */
  | { readonly type: 'bytes'; readonly code: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }
  /** Bytes as they come: logs. */
  | {
      readonly type: 'stream'
      readonly code: number
      readonly headers: Readonly<Record<string, string>>
      readonly chunks: AsyncIterable<Uint8Array>
    }
  /** Takes the connection over: exec, attach, port-forward. */
  | {
      readonly type: 'connect'
      readonly protocols: readonly string[]
      readonly session: ChannelSession
      /** Streams that a client of SPDY opens before the session can begin: 'error', 'stdin', 'stdout', 'stderr', 'resize'. */
      readonly streams?: readonly string[]
    }

/** A stage's or handler's work; throws ApiError for what the client is to be told. */
export type Handler = (call: ApiCall) => Promise<Answer>
