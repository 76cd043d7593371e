/** What containers may ask about their own Pod: the fields and resources of the downward API. */
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../types/core-v1.js'
import { qualifiedName, quantityOf } from '../checks.js'
import { type FieldError, type FieldPath, invalid, notSupported, required } from '../field-path.js'

/** The fields that environment variables may show. */
export const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
/** The fields that files of a volume may show. */
export const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

/** All fields that have a label at all (ConvertDownwardAPIFieldLabel). */
const labelled = new Set([...envFields, ...volumeFields, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'spec.host'])

/** `metadata.labels['a/b']` in its two parts; undefined without a subscript. */
function subscripted(path: string): { readonly path: string; readonly key: string } | undefined {
  const start = path.indexOf("['")
  return path.endsWith("']") && start > 0 ? { path: path.slice(0, start), key: path.slice(start + 2, -2) } : undefined
}

export function fieldSelector(
  { apiVersion = '', fieldPath = '' }: ObjectFieldSelector,
  path: FieldPath,
  known: readonly string[],
): FieldError[] {
  if (!apiVersion) return [required(path.child('apiVersion'))]
  if (!fieldPath) return [required(path.child('fieldPath'))]
  const unknown = (why: string): FieldError[] => [invalid(path.child('fieldPath'), fieldPath, `error converting fieldPath: ${why}`)]
  if (apiVersion !== 'v1') return unknown(`unsupported pod version: ${apiVersion}`)
  const part = subscripted(fieldPath)
  if (part?.path === 'metadata.annotations') return qualifiedName(part.key.toLowerCase(), path)
  if (part?.path === 'metadata.labels') return qualifiedName(part.key, path)
  if (part) return unknown(`field label does not support subscript: ${fieldPath}`)
  if (!labelled.has(fieldPath)) return unknown(`field label not supported: ${fieldPath}`)
  const name = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  return known.includes(name) ? [] : [notSupported(path.child('fieldPath'), name, known)]
}

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const isHugePages = (resource: string): boolean => /^(requests|limits)\.hugepages-/.test(resource)
const sizes = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

export function resourceSelector(
  { containerName, resource = '', divisor }: ResourceFieldSelector,
  path: FieldPath,
  where: 'env' | 'volume',
): FieldError[] {
  const errors: FieldError[] = []
  if (where === 'volume' && !containerName) errors.push(required(path.child('containerName')))
  else if (!resource) errors.push(required(path.child('resource')))
  else if (!resources.includes(resource) && !isHugePages(resource)) errors.push(notSupported(path.child('resource'), resource, resources))
  if (divisor === undefined || quantityOf(divisor).isZero()) return errors
  const wrong = wrongDivisor(resource, quantityOf(divisor).toString())
  return wrong ? [...errors, invalid(path.child('divisor'), resource, wrong)] : errors
}

function wrongDivisor(resource: string, divisor: string): string | undefined {
  const name = resource.slice(resource.indexOf('.') + 1)
  const kind = isHugePages(resource) ? 'hugepages' : resources.includes(resource) ? name : undefined
  if (kind === undefined || (kind === 'cpu' ? ['1m', '1'] : sizes).includes(divisor)) return undefined
  if (kind === 'cpu') return "only divisor's values 1m and 1 are supported with the cpu resource"
  const title = kind === 'ephemeral-storage' ? 'local ephemeral storage' : kind
  return `only divisor's values ${sizes.join(', ')} are supported with the ${title} resource`
}
