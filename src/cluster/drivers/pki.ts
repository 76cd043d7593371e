/**
 * Makes a cluster's keys and certificates: a CA of its own, the API server's serving certificate, the administrator's
 * client certificate, and the key that signs service-account tokens. ECDSA P-256 throughout.
 */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type { Pki, PkiRequest } from '../pki.js'
import { issueCertificate, type Subject } from './x509.js'

const yearMs = 365 * 24 * 3_600_000

/** Makes all of them anew. */
export function createPki({ clusterName, dnsNames, ipAddresses }: PkiRequest): Pki {
  const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [caKeys, serverKeys, adminKeys, tokenKeys] = [newKeys(), newKeys(), newKeys(), newKeys()] as const
  const ca: Subject = { commonName: `troupe-${clusterName}-ca` }
  const now = Date.now()
  const issue = (subject: Subject, publicKey: KeyObject, usage: 'ca' | 'server' | 'client', years: number) =>
    issueCertificate({
      subject,
      issuer: ca,
      publicKey,
      signingKey: caKeys.privateKey,
      issuerPublicKey: caKeys.publicKey,
      serialNumber: randomBytes(16),
      // A minute back, for clients whose clock is a little behind.
      notBefore: new Date(now - 60_000),
      notAfter: new Date(now + years * yearMs),
      usage,
      ...(usage === 'server' ? { dnsNames, ipAddresses } : {}),
    })
  const pkcs8 = ({ privateKey }: { readonly privateKey: KeyObject }) => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    caCertificate: issue(ca, caKeys.publicKey, 'ca', 10),
    caKey: pkcs8(caKeys),
    serverCertificate: issue({ commonName: 'kube-apiserver' }, serverKeys.publicKey, 'server', 5),
    serverKey: pkcs8(serverKeys),
    adminCertificate: issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'] }, adminKeys.publicKey, 'client', 5),
    adminKey: pkcs8(adminKeys),
    serviceAccountKey: pkcs8(tokenKeys),
  }
}
