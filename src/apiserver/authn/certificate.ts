/** x509: the subject of a client certificate is a user: CN its name, O its groups (authentication/request/x509). */
import type { ClientCertificate } from '../listener.js'
import type { User } from '../request.js'
import { authenticated, credentialIdKey } from './user.js'

const users = new WeakMap<ClientCertificate, User>()

/** The user of a certificate; undefined when it names none. One object per certificate, so that it can be a key. */
export function userOfCertificate(certificate: ClientCertificate): User | undefined {
  if (certificate.commonName === '') return undefined
  let user = users.get(certificate)
  if (!user) {
    const extra = { [credentialIdKey]: [`X509SHA256=${certificate.fingerprint}`] }
    user = authenticated({ name: certificate.commonName, groups: certificate.organizations, extra })
    users.set(certificate, user)
  }
  return user
}
