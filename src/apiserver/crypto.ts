/**
 * The Crypto port: what the API server needs of cryptography. drivers/crypto.ts is the real one. Signatures are not
 * reproducible from a seed, so the simulator has its own.
 */

/** The claims of a JWT (RFC 7519), as JSON. */
export type Claims = Readonly<Record<string, unknown>>

export interface JsonWebKey {
  readonly kty: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly [member: string]: unknown
}

export interface Crypto {
  /** A compact JWS over these claims by the service-account key. */
  sign(claims: Claims): Promise<string>
  /** The claims of a token whose signature is one of the service-account keys'; undefined otherwise. Judges no claim. */
  verify(token: string): Promise<Claims | undefined>
  /** The public keys that verify() accepts (RFC 7517). */
  publicKeys(): Promise<readonly JsonWebKey[]>
  /** SHA-512, upper-case hex, as ETags and OpenAPI hashes carry it. */
  sha512(text: string): string
  /** Whether both are equal, in a time that does not tell where they differ. */
  sameSecret(a: string, b: string): boolean
}

/** PEM: the private key that signs, and public keys whose signatures count besides it (an earlier key's tokens live on). */
export interface TokenKeys {
  readonly signing: string
  readonly verifying?: readonly string[]
}

export type CreateCrypto = (keys: TokenKeys) => Promise<Crypto>
