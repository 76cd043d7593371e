/** The keys and certificates of a cluster; drivers/pki.ts makes them, drivers/data-dir.ts keeps them. */

/** All PEM; private keys in PKCS #8. */
export interface Pki {
  readonly caCertificate: string
  readonly caKey: string
  readonly serverCertificate: string
  readonly serverKey: string
  /** CN kubernetes-admin, O system:masters. */
  readonly adminCertificate: string
  readonly adminKey: string
  /** Signs service-account tokens. */
  readonly serviceAccountKey: string
}

export interface PkiRequest {
  readonly clusterName: string
  /** Names and addresses the API server is called by. */
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}
