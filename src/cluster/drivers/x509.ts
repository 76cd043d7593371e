/**
 * X.509 v3 certificates (RFC 5280) over ECDSA P-256, in DER by hand: the half-dozen forms that a cluster's PKI needs. A
 * library would do, but the best one costs 300 ms of CPU to load and use, a third of the time in which a whole cluster
 * is to start; this takes 5 ms. It is checked against that library and against openssl in the tests.
 */
import { createHash, type KeyObject, sign } from 'node:crypto'

/** What to certify. */
export interface CertificateRequest {
  readonly subject: Subject
  readonly issuer: Subject
  /** SubjectPublicKeyInfo of the subject. */
  readonly publicKey: KeyObject
  /** The issuer's keys. */
  readonly signingKey: KeyObject
  readonly issuerPublicKey: KeyObject
  readonly serialNumber: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly usage: 'ca' | 'server' | 'client'
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
}

export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

/** The certificate in PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256
  const tbs = sequence(
    explicit(0, integer(Uint8Array.of(2))), // v3
    integer(request.serialNumber),
    algorithm,
    name(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(request))),
  )
  const der = sequence(tbs, algorithm, bitString(sign('sha256', tbs, request.signingKey)))
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
}

function extensions({ usage, publicKey, issuerPublicKey, dnsNames = [], ipAddresses = [] }: CertificateRequest): Buffer[] {
  const ca = usage === 'ca'
  const names = [...dnsNames.map((dns) => tlv(0x82, Buffer.from(dns, 'ascii'))), ...ipAddresses.map((ip) => tlv(0x87, ipBytes(ip)))]
  return [
    extension('2.5.29.19', true, ca ? sequence(boolean(true)) : sequence()), // basicConstraints
    // keyUsage bits: digitalSignature(0), keyCertSign(5), cRLSign(6)
    extension('2.5.29.15', true, tlv(0x03, ca ? Buffer.of(1, 0b10000110) : Buffer.of(7, 0b10000000))),
    extension('2.5.29.14', false, octetString(keyId(publicKey))), // subjectKeyIdentifier
    ...(ca ? [] : [extension('2.5.29.35', false, sequence(tlv(0x80, keyId(issuerPublicKey))))]), // authorityKeyIdentifier
    ...(ca ? [] : [extension('2.5.29.37', false, sequence(oid(usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2')))]), // extKeyUsage
    ...(names.length ? [extension('2.5.29.17', false, sequence(...names))] : []), // subjectAltName
  ]
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

/** RFC 5280 §4.2.1.2 method (1): SHA-1 of the public key's bits, which end the SubjectPublicKeyInfo. */
function keyId(key: KeyObject): Buffer {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65)
  return createHash('sha1').update(point).digest()
}

function name({ commonName, organizations = [] }: Subject): Buffer {
  const attribute = (type: string, value: string) => tlv(0x31, sequence(oid(type), tlv(0x0c, Buffer.from(value, 'utf8'))))
  return sequence(...organizations.map((organization) => attribute('2.5.4.10', organization)), attribute('2.5.4.3', commonName))
}

function ipBytes(ip: string): Buffer {
  if (!ip.includes(':')) return Buffer.from(ip.split('.').map(Number))
  const [head = '', tail] = ip.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const all = [...left, ...new Array(8 - left.length - right.length).fill(0), ...right]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]))
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text))
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const base128 = (value: number): number[] => {
    const bytes = [value & 127]
    for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 127) | 128)
    return bytes
  }
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** An unsigned integer: a leading zero keeps its sign, redundant ones go. */
function integer(bytes: Uint8Array): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const value = Buffer.from(bytes.subarray(from))
  return tlv(0x02, (value[0] ?? 0) & 128 ? Buffer.concat([Buffer.of(0), value]) : value)
}

const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.of(value ? 255 : 0))
const octetString = (value: Uint8Array): Buffer => tlv(0x04, value)
const bitString = (value: Uint8Array): Buffer => tlv(0x03, Buffer.of(0), value)
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)
const explicit = (tag: number, value: Uint8Array): Buffer => tlv(0xa0 | tag, value)

/** Tag, length, value (X.690 §8.1, definite form). */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts)
  const length: number[] = []
  if (value.length < 128) length.push(value.length)
  else {
    for (let left = value.length; left > 0; left >>= 8) length.unshift(left & 255)
    length.unshift(128 | length.length)
  }
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}
