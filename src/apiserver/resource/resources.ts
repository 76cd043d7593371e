/**
 * The back half of the API server: every kind's objects, from the store to the Answer. createResources() joins the mirror
 * of the store, the verbs, admission, allocation and bootstrap behind one Handler. It serves get, list, watch, create,
 * update, patch, delete and deletecollection of all stored kinds and their subresources that are plain requests (status,
 * scale, binding, eviction, ephemeralcontainers, resize, token, finalize, approval). Verb 'connect', pod logs and the
 * review kinds are not its business. Next: mirror.ts (reading), write.ts (writing).
 */
import type { Kind } from '../../api/kind.js'
import type { Context } from '../../kernel/context.js'
import type { StoreClient } from '../../store/client.js'
import type { Handler, User } from '../request.js'
import type { Lookup } from './lookup.js'

export type { Change, Lookup } from './lookup.js'

/** The kinds that are served, as the registry has them; `all` may grow and shrink while running (custom resources). */
export interface KindSource {
  all(): readonly Kind[]
}

/** What a TokenRequest asks a signer for; times in milliseconds since the epoch. */
export interface TokenClaims {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  readonly boundObject?: { readonly kind: string; readonly name: string; readonly uid: string }
  /** The node of a bound pod. */
  readonly node?: { readonly name: string; readonly uid: string }
}

/** An authorization question that the back half must ask (approvals, escalation, finalizers of owners). */
export interface AccessQuestion {
  readonly user: User
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

export interface ResourceSettings {
  /** The first address of the first range is that of the Service default/kubernetes. Default ['10.96.0.0/16']. */
  readonly serviceCidrs?: readonly string[]
  /** Both included. Default 30000 to 32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number }
  /** Where this API server is reached: the endpoints of default/kubernetes. */
  readonly advertise?: { readonly ip: string; readonly port: number }
  /** Data of the ConfigMap kube-system/extension-apiserver-authentication. */
  readonly authenticationConfig?: Readonly<Record<string, string>>
  /** Objects to have from the start besides the server's own: the bootstrap RBAC roles and bindings. */
  readonly bootstrapObjects?: readonly BootstrapObject[]
  /** Freezes every object that is shared, so that a writer crashes instead of changing what others read; for tests. */
  readonly freeze?: boolean
}

/** An object that the server makes when it is absent and, when `reconcile` is given, brings up to date. */
export interface BootstrapObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

export interface ResourcesOptions {
  readonly context: Context
  readonly store: StoreClient
  readonly kinds: KindSource
  readonly settings?: ResourceSettings
  /** Signs a service-account token; without it serviceaccounts/token answers 404. */
  readonly signToken?: (claims: TokenClaims) => Promise<{ readonly token: string; readonly expirationMs: number }>
  /** Whether the user may; without it everything is allowed. */
  readonly authorize?: (question: AccessQuestion) => boolean
}

export interface Resources {
  readonly handler: Handler
  readonly lookup: Lookup
  /** Fills the mirror, makes the bootstrap objects and starts the loops (by Context.spawn); resolves as `synced` does. */
  start(): Promise<void>
  /** Resolves when the mirror is filled for the first time and the bootstrap objects exist. */
  readonly synced: Promise<void>
}
