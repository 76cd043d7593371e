/** The settings of an API server: plain data, as they travel from the supervisor to its thread. */
import type { StaticToken } from './authn/chain.js'

export interface ApiServerConfig {
  /** Address to listen on. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Names of the store's actors. */
  readonly replicas: readonly string[]
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** PEM of the CAs whose client certificates are users. */
  readonly clientCa: string
  /** PEM of the private key that signs service-account tokens. */
  readonly serviceAccountKey: string
  /** PEM of public keys whose tokens count besides. */
  readonly serviceAccountPublicKeys?: readonly string[]
  /** iss of service-account tokens; default https://kubernetes.default.svc.cluster.local. */
  readonly issuer?: string
  /** Audiences the server answers to; default the issuer. */
  readonly audiences?: readonly string[]
  /** Default 10.96.0.0/16. */
  readonly serviceCidr?: string
  readonly nodePorts?: { readonly first: number; readonly last: number }
  /** Where clients in the cluster reach this server; default host and the port it got. */
  readonly advertise?: { readonly ip: string; readonly port: number }
  readonly staticTokens?: readonly StaticToken[]
  /** Whether requests without credentials are system:anonymous; default true. */
  readonly anonymous?: boolean
}
