/** What the back half is told of the cluster it serves, and what it asks of the front half. */
import type { User } from '../request.js'

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
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}
