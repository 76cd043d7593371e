/**
 * CertificateSigningRequest: what is asked of which signer, and its verdict (pkg/apis/certificates/validation). The request's
 * envelope is judged, its signature where certificates are read.
 */
import type { KubeObject } from '../../meta/object.js'
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../types/certificates-v1.js'
import { each, kubeMeta, oneOf, same, wholeMeta } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { signerName } from '../signer-name.js'

const usages = (
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,encipher only,' +
  'ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,server auth,signing,timestamping'
).split(',')
const legacySigner = 'kubernetes.io/legacy-unknown'
const minSeconds = 600
const verdicts = ['Approved', 'Denied']
/** Conditions that stay once they are there, and are only ever true. */
const finals = [...verdicts, 'Failed']

/** What an object that is there already keeps, though it is no longer let in. */
interface Demands {
  readonly oldUsages: boolean
  readonly oldSigner: boolean
  readonly oldConditions: boolean
  readonly bothVerdicts: boolean
}

/** Who may set what: the subresource decides. */
interface Rights {
  readonly certificate: boolean
  readonly verdict: boolean
}

const noExceptions: Demands = { oldUsages: false, oldSigner: false, oldConditions: false, bothVerdicts: false }

const read = (object: KubeObject): CertificateSigningRequest => object as unknown as CertificateSigningRequest
const conditionsOf = (object: KubeObject): readonly CertificateSigningRequestCondition[] => read(object).status?.conditions ?? []

export const validateCertificateSigningRequest = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...judge(object, noExceptions, true),
]

export const validateCertificateSigningRequestUpdate = (object: KubeObject, before: KubeObject): FieldError[] =>
  update(object, before, { certificate: false, verdict: false })
export const validateCertificateSigningRequestStatusUpdate = (object: KubeObject, before: KubeObject): FieldError[] =>
  update(object, before, { certificate: true, verdict: false })
/** For the subresource approval. */
export const validateCertificateSigningRequestApproval = (object: KubeObject, before: KubeObject): FieldError[] =>
  update(object, before, { certificate: false, verdict: true })

function judge(object: KubeObject, kept: Demands, certificateToo: boolean): FieldError[] {
  const { spec, status } = read(object)
  const {
    request,
    usages: asked = [],
    signerName: signer = '',
    expirationSeconds,
  } = spec ?? ({} as Partial<CertificateSigningRequest['spec']>)
  const path = field('spec')
  const errors: FieldError[] = []
  if (!hasBlock(request, 'CERTIFICATE REQUEST'))
    errors.push(invalid(path.child('request'), request, 'PEM block type must be CERTIFICATE REQUEST'))
  if (asked.length === 0) errors.push(required(path.child('usages')))
  if (!kept.oldUsages) {
    errors.push(...each(asked, path.child('usages'), (usage, at) => oneOf(usage, at, usages)))
    errors.push(...each(asked, path.child('usages'), (usage, at, i) => (asked.indexOf(usage) < i ? [duplicate(at, usage)] : [])))
  }
  const signerAt = path.child('signerName')
  if (signer === legacySigner && !kept.oldSigner)
    errors.push(invalid(signerAt, signer, 'the legacy signerName is not allowed via this API version'))
  else errors.push(...signerName(signer, signerAt))
  if (expirationSeconds !== undefined && expirationSeconds < minSeconds)
    errors.push(
      invalid(path.child('expirationSeconds'), expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'),
    )
  errors.push(...conditionErrors(conditionsOf(object), field('status', 'conditions'), kept))
  return certificateToo ? [...errors, ...certificateErrors(status?.certificate, field('status', 'certificate'))] : errors
}

/** The first PEM block's type, and how many blocks there are; the text is base64 of PEM. */
function blocksOf(base64: string | undefined): string[] {
  const pem = base64 ? atob(base64) : ''
  return [...pem.matchAll(/-----BEGIN ([^\n-]*)-----\s[A-Za-z0-9+/=\s]*?-----END \1-----/g)].map(([, type]) => type ?? '')
}

const hasBlock = (base64: string | undefined, type: string): boolean => blocksOf(base64)[0] === type

function certificateErrors(certificate: string | undefined, path: FieldPath): FieldError[] {
  if (!certificate) return []
  const blocks = blocksOf(certificate)
  const other = blocks.find((type) => type !== 'CERTIFICATE')
  if (other !== undefined)
    return [invalid(path, '<certificate data>', `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`)]
  return blocks.length > 0 ? [] : [invalid(path, '<certificate data>', 'must contain at least one CERTIFICATE PEM block')]
}

function conditionErrors(conditions: readonly CertificateSigningRequestCondition[], path: FieldPath, kept: Demands): FieldError[] {
  const seen = new Set<string>()
  return each(conditions, path, ({ type, status }, at) => {
    const errors = type || kept.oldConditions ? [] : [required(at.child('type'))]
    if (!status) errors.push(required(at.child('status')))
    else errors.push(...oneOf(status, at.child('status'), finals.includes(type) ? ['True'] : ['False', 'True', 'Unknown']))
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    if (opposite && seen.has(opposite) && !kept.bothVerdicts)
      errors.push(invalid(at.child('type'), type, 'Approved and Denied conditions are mutually exclusive'))
    if (seen.has(type) && !kept.oldConditions) errors.push(duplicate(at.child('type'), type))
    seen.add(type)
    return errors
  })
}

function update(object: KubeObject, before: KubeObject, rights: Rights): FieldError[] {
  const [is, was] = [read(object), read(before)]
  const old = conditionsOf(before)
  const types = old.map(({ type }) => type)
  const oldUsages = was.spec?.usages ?? []
  const kept: Demands = {
    oldUsages: oldUsages.some((usage, i) => !usages.includes(usage) || oldUsages.indexOf(usage) < i),
    oldSigner: was.spec?.signerName === legacySigner,
    oldConditions: types.includes('') || new Set(types).size < types.length,
    bothVerdicts: verdicts.every((type) => types.includes(type)),
  }
  const changed = (is.status?.certificate ?? '') !== (was.status?.certificate ?? '')
  const path = field('status', 'conditions')
  const certificateAt = field('status', 'certificate')
  const errors = [...wholeMeta(object.metadata, { namespaced: false, nameRule: 'path-segment' }), ...judge(object, kept, changed)]
  const ofType = (list: readonly CertificateSigningRequestCondition[], type: string): CertificateSigningRequestCondition[] =>
    list.filter((condition) => condition.type === type)
  for (const type of finals)
    if (ofType(conditionsOf(object), type).length < ofType(old, type).length)
      errors.push(forbiddenField(path, `updates may not remove a condition of type "${type}"`))
  if (changed && !rights.certificate) errors.push(forbiddenField(certificateAt, 'updates may not set certificate content'))
  else if (changed && was.status?.certificate)
    errors.push(forbiddenField(certificateAt, 'updates may not modify existing certificate content'))
  if (rights.verdict) return errors
  for (const type of verdicts) {
    const [now, then] = [ofType(conditionsOf(object), type), ofType(old, type)]
    if (now.length > then.length) errors.push(forbiddenField(path, `updates may not add a condition of type "${type}"`))
    else if (now.length === then.length && !same(now, then))
      errors.push(forbiddenField(path, `updates may not modify a condition of type "${type}"`))
  }
  return errors
}
