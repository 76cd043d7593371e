/** Certificates made by hand are what a library and openssl take them for. */
import 'reflect-metadata'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import t from 'tap'
import { createPki } from '../../../src/cluster/drivers/pki.js'

const pki = createPki({
  clusterName: 'test',
  dnsNames: ['localhost', 'kubernetes.default.svc'],
  ipAddresses: ['127.0.0.1', '::1', '2001:db8::5:6'],
})

t.test('a library reads what was written', async (t) => {
  const ca = new x509.X509Certificate(pki.caCertificate)
  const server = new x509.X509Certificate(pki.serverCertificate)
  const admin = new x509.X509Certificate(pki.adminCertificate)
  t.equal(ca.getExtension(x509.BasicConstraintsExtension)?.ca, true)
  t.equal(server.getExtension(x509.BasicConstraintsExtension)?.ca, false)
  t.equal(admin.subject, 'O=system:masters, CN=kubernetes-admin')
  t.equal(server.issuer, ca.subject)
  t.ok(await server.verify({ publicKey: ca.publicKey }), 'signed by the CA')
  t.notOk(await ca.verify({ publicKey: server.publicKey }), 'and by nobody else')
  t.same(
    server.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value),
    ['localhost', 'kubernetes.default.svc', '127.0.0.1', '::1', '2001:db8::5:6'],
  )
  t.same(admin.getExtension(x509.ExtendedKeyUsageExtension)?.usages, [x509.ExtendedKeyUsage.clientAuth])
})

t.test('Node takes them, with their keys', async (t) => {
  const server = new X509Certificate(pki.serverCertificate)
  t.ok(server.checkHost('localhost'))
  t.ok(server.checkIP('127.0.0.1'))
  t.notOk(server.checkHost('example.org'))
  t.ok(server.checkIssued(new X509Certificate(pki.caCertificate)))
})

t.test('openssl verifies them by the strict rules', async (t) => {
  if (spawnSync('openssl', ['version']).status !== 0) {
    if (process.env['TROUPE_REQUIRE_TOOLS']) t.fail('openssl is missing')
    t.pass('skipped: openssl is missing')
    return
  }
  const dir = mkdtempSync(join(tmpdir(), 'troupe-x509-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  for (const [name, pem] of [
    ['ca', pki.caCertificate],
    ['server', pki.serverCertificate],
    ['admin', pki.adminCertificate],
  ] as const)
    writeFileSync(join(dir, `${name}.crt`), pem)
  const { status, stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', 'ca.crt', 'server.crt', 'admin.crt'], {
    cwd: dir,
    encoding: 'utf8',
  })
  t.equal(status, 0, stdout + stderr)
})
