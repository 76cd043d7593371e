/**
 * What the API server can be asked by the cast: the same requests that come over HTTPS, as messages. Both doors lead to
 * the same request function; an actor is authenticated as its Kubernetes user by its address.
 */
import type { Protocol } from '../kernel/protocol.js'

/** One request in HTTP's terms. Header names are lower case. */
export interface ApiRequest {
  readonly method: string
  /** Path and query: '/api/v1/namespaces/default/pods?limit=500'. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** One frame of a streaming answer: first the head, then bytes. A watch sends one or more whole events a frame. */
export type ApiFrame =
  | { readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } }
  | { readonly bytes: Uint8Array }

export interface ApiServerProtocol extends Protocol {
  calls: {
    /** A request with a whole answer. HTTP errors are answers, not failures. */
    request: { params: ApiRequest; result: ApiResponse }
  }
  casts: Record<never, never>
  streams: {
    /** A watch or a followed log: the head, then bytes until either end closes. */
    open: { params: ApiRequest; down: ApiFrame; up: { readonly bytes: Uint8Array } }
  }
}

/** The Kubernetes user an actor of this name acts as; the API server authenticates messages by it. */
export function userOfActor(role: string, name: string): { name: string; groups: readonly string[] } {
  switch (role) {
    case 'scheduler':
      return { name: 'system:kube-scheduler', groups: ['system:authenticated'] }
    case 'kubelet':
      return { name: `system:node:${name.replace(/^kubelet-/, '')}`, groups: ['system:nodes', 'system:authenticated'] }
    case 'proxy':
      return { name: 'system:kube-proxy', groups: ['system:authenticated'] }
    case 'controller':
      return {
        name: `system:serviceaccount:kube-system:${name}`,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      }
    case 'cluster':
      return { name: 'system:admin', groups: ['system:masters', 'system:authenticated'] }
    default:
      return { name: `system:actor:${name}`, groups: ['system:authenticated'] }
  }
}
