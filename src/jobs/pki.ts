/**
 * Makes a cluster's keys and certificates: a CA of its own, the API server's serving certificate, the administrator's
 * client certificate, and the key that signs service-account tokens. ECDSA P-256 throughout. Runs in the job pool, once
 * in the life of a data directory.
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Pki, PkiRequest } from './protocol.js'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const yearMs = 365 * 24 * 3_600_000

/** Makes all of them anew. */
export async function createPki({ clusterName, dnsNames, ipAddresses }: PkiRequest): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto as never)
  const now = Date.now()
  // A minute back, for clients whose clock is a little behind.
  const validity = (years: number) => ({ notBefore: new Date(now - 60_000), notAfter: new Date(now + years * yearMs) })
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
  const [caKeys, serverKeys, adminKeys, tokenKeys] = await Promise.all([newKeys(), newKeys(), newKeys(), newKeys()])

  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=troupe-${clusterName}-ca`,
    ...validity(10),
    signingAlgorithm: algorithm,
    keys: caKeys as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey as never),
    ],
  })
  const issue = async (
    serialNumber: string,
    subject: string,
    keys: webcrypto.CryptoKeyPair,
    usage: string,
    names: x509.JsonGeneralName[],
  ) => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: ca.subject,
      ...validity(5),
      signingKey: caKeys.privateKey as never,
      publicKey: keys.publicKey as never,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey as never),
        ...(names.length ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    })
    return certificate.toString('pem')
  }
  const names: x509.JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  const pkcs8 = async (keys: webcrypto.CryptoKeyPair) => {
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
  }
  return {
    caCertificate: ca.toString('pem'),
    caKey: await pkcs8(caKeys),
    serverCertificate: await issue('02', 'CN=kube-apiserver', serverKeys, x509.ExtendedKeyUsage.serverAuth, names),
    serverKey: await pkcs8(serverKeys),
    adminCertificate: await issue('03', 'CN=kubernetes-admin,O=system:masters', adminKeys, x509.ExtendedKeyUsage.clientAuth, []),
    adminKey: await pkcs8(adminKeys),
    serviceAccountKey: await pkcs8(tokenKeys),
  }
}
