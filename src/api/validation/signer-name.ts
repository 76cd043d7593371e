/** Names of signers and of the bundles that trust them: `example.com/name`, `example.com:name:bundle`. */
import { type FieldError, type FieldPath, invalid, required, tooLong } from './field-path.js'
import { byteLength, isDns1123Label, isDns1123Subdomain, type Judge, nameRules } from './names.js'

const domainBytesMax = 253
const pathBytesMax = 253 + 63 + 1

/** `domain/path`, the domain of at least two labels (ValidateSignerName). */
export function signerName(name: string, path: FieldPath): FieldError[] {
  if (name === '') return [required(path)]
  const [domain, rest, ...more] = name.split('/')
  if (domain === undefined || rest === undefined || more.length > 0)
    return [invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  const labels = domain.split('.')
  return [
    ...(byteLength(domain) > domainBytesMax ? [tooLong(path, domainBytesMax)] : []),
    ...firstWrong(labels, isDns1123Label).map((text) => invalid(path, domain, text)),
    ...(labels.length < 2 ? [invalid(path, domain, 'should be a domain with at least two segments separated by dots')] : []),
    ...firstWrong(rest.split('.'), isDns1123Subdomain).map((text) => invalid(path, rest, text)),
    ...(byteLength(name) > domainBytesMax + pathBytesMax + 1 ? [tooLong(path, domainBytesMax + pathBytesMax + 1)] : []),
  ]
}

function firstWrong(labels: readonly string[], judge: Judge): string[] {
  for (const label of labels) {
    const texts = judge(label)
    if (texts.length > 0) return texts.map((text) => `validating label ${JSON.stringify(label)}: ${text}`)
  }
  return []
}

/** Signers under kubernetes.io keep Kubernetes' own rules. */
export const isKubernetesSigner = (name: string): boolean => /(^|\.)kubernetes\.io$/.test(name.split('/')[0] ?? '')

/** The name of a ClusterTrustBundle, which tells its signer unless it has none. */
export function isClusterTrustBundleName(name: string, signer: string): string[] {
  const rule = nameRules['dns-subdomain']
  if (signer === '')
    return name.includes(':') ? ['ClusterTrustBundle without signer name must not have ":" in its name'] : rule(name, false)
  const prefix = `${signer.replaceAll('/', ':')}:`
  if (!name.startsWith(prefix)) return [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`]
  return rule(name.slice(prefix.length), false)
}

/** The signer that a bundle's name tells; '' for none. */
export const signerOfBundle = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(':'))).replaceAll(':', '/')
