/**
 * Certificate signing requests: who asks is written by the server, approving and signing for a signer need the right to
 * do so (plugin/pkg/admission/certificates; registry/certificates strategy PrepareForCreate).
 */
import type { KubeObject } from '../../api/meta/object.js'
import { sameData } from '../resource/equal.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

interface SigningRequest extends KubeObject {
  spec?: { signerName?: string; username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }
  status?: { certificate?: string; conditions?: { type: string }[] }
}

const isAboutRequests = ({ kind }: Attributes): boolean =>
  kind.group === 'certificates.k8s.io' && kind.plural === 'certificatesigningrequests'

/** Not a plugin upstream: there the strategy sees the user. */
export const certificateRequester: AdmissionPlugin = {
  name: 'CertificateRequester',
  admit(attributes) {
    const { operation, subresource, object, user } = attributes
    if (operation !== 'CREATE' || subresource !== '' || !isAboutRequests(attributes) || !object) return
    const { username: _u, uid: _i, groups: _g, extra: _e, ...spec } = (object as SigningRequest).spec ?? {}
    object.spec = {
      ...spec,
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: [...user.groups],
      ...(user.extra && Object.keys(user.extra).length > 0 ? { extra: structuredClone(user.extra) } : {}),
    }
  },
}

export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  validate(attributes, world) {
    if (attributes.operation !== 'UPDATE' || attributes.subresource !== 'approval' || !isAboutRequests(attributes)) return
    const signer = (attributes.old as SigningRequest | undefined)?.spec?.signerName ?? ''
    if (!maySign(attributes, world, 'approve', signer))
      throw forbiddenBy(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`)
  },
}

export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  validate(attributes, world) {
    if (attributes.operation !== 'UPDATE' || attributes.subresource !== 'status' || !isAboutRequests(attributes)) return
    const [now, old] = [attributes.object, attributes.old].map((request) => (request as SigningRequest | undefined)?.status)
    if (sameData(now?.certificate, old?.certificate) && sameData(now?.conditions, old?.conditions)) return
    const signer = (attributes.old as SigningRequest | undefined)?.spec?.signerName ?? ''
    if (!maySign(attributes, world, 'sign', signer))
      throw forbiddenBy(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`)
  },
}

/** By the signer's name or by `<domain>/*`. */
function maySign({ user }: Attributes, { authorize }: AdmissionWorld, verb: string, signer: string): boolean {
  const may = (name: string): boolean => authorize({ user, verb, group: 'certificates.k8s.io', resource: 'signers', name })
  return may(signer) || may(`${signer.split('/')[0]}/*`)
}
