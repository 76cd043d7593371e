/** StorageClass and VolumeAttributesClass: what volumes of a class are made of, which stays. */
import type { KubeObject } from '../../meta/object.js'
import type { TopologySelectorTerm } from '../../types/core-v1.js'
import type { StorageClass, VolumeAttributesClass } from '../../types/storage-v1.js'
import { each, entriesOf, immutable, judged, kubeMeta, oneOf, same, wholeMeta } from '../checks.js'
import { topologySelectorTerm } from '../core/node-selector.js'
import { csiDriverName } from '../core/volume-sources.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required, tooLong } from '../field-path.js'
import { byteLength, isQualifiedName } from '../names.js'

const classOf = (object: KubeObject): StorageClass => object as unknown as StorageClass
const parametersMax = 512
const parametersBytesMax = 256 * 1024

export const validateStorageClass = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...body(object)]

function body(object: KubeObject): FieldError[] {
  const { provisioner = '', parameters: given, reclaimPolicy: policy, volumeBindingMode: mode, allowedTopologies } = classOf(object)
  return [
    ...(provisioner
      ? judged(provisioner.toLowerCase(), field('provisioner'), isQualifiedName).map((error) => withValue(error, provisioner))
      : [required(field('provisioner'))]),
    ...parameters(given, field('parameters')),
    ...(policy ? oneOf(policy, field('reclaimPolicy'), ['Delete', 'Retain']) : []),
    ...(mode === undefined
      ? [required(field('volumeBindingMode'))]
      : oneOf(mode, field('volumeBindingMode'), ['Immediate', 'WaitForFirstConsumer'])),
    ...topologies(allowedTopologies, field('allowedTopologies')),
  ]
}

/** The error with the value as it was given, not as it was judged. */
const withValue = (error: FieldError, value: string): FieldError => ({
  ...error,
  detail: `Invalid value: ${JSON.stringify(value)}${error.detail.slice(`Invalid value: ${JSON.stringify(value.toLowerCase())}`.length)}`,
})

function parameters(given: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldError[] {
  const entries = entriesOf(given)
  if (entries.length > parametersMax) return [tooLong(path, parametersMax)]
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return [
    ...entries.filter(([key]) => key === '').map(() => invalid(path, '', 'field can not be empty.')),
    ...(size > parametersBytesMax ? [tooLong(path, parametersBytesMax)] : []),
  ]
}

/** Upstream compares each term with as many empty ones as there are terms, so that an empty term is a duplicate. */
function topologies(terms: readonly TopologySelectorTerm[] | undefined, path: FieldPath): FieldError[] {
  const mapOf = ({ matchLabelExpressions: list }: TopologySelectorTerm): string =>
    JSON.stringify((list ?? []).map(({ key, values }) => [key, [...new Set(values ?? [])].sort()]).sort())
  const seen = (terms ?? []).map(() => '[]')
  return each(terms, path, (term, at) => {
    const map = mapOf(term)
    const repeated = seen.filter((other) => other === map).map(() => duplicate(at.child('matchLabelExpressions'), ''))
    seen.push(map)
    return [...topologySelectorTerm(term, at), ...repeated]
  })
}

export function validateStorageClassUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [classOf(object), classOf(before)]
  const kept = (name: 'parameters' | 'provisioner' | 'reclaimPolicy'): FieldError[] =>
    same(is[name] ?? '', was[name] ?? '') ? [] : [forbiddenField(field(name), `updates to ${name} are forbidden.`)]
  return [
    ...wholeMeta(object.metadata, { namespaced: false }),
    ...body(object),
    ...kubeMeta(object.metadata),
    ...(same(is.parameters, was.parameters) ? [] : kept('parameters')),
    ...kept('provisioner'),
    ...kept('reclaimPolicy'),
    ...immutable(is.volumeBindingMode ?? null, was.volumeBindingMode ?? null, field('volumeBindingMode')),
  ]
}

export function validateVolumeAttributesClass(object: KubeObject): FieldError[] {
  const { driverName, parameters: given } = object as unknown as VolumeAttributesClass
  return [
    ...kubeMeta(object.metadata),
    ...csiDriverName(driverName, field('driverName')),
    ...(Object.keys(given ?? {}).length === 0
      ? [required(field('parameters'), 'must contain at least one key/value pair')]
      : parameters(given, field('parameters'))),
  ]
}

export function validateVolumeAttributesClassUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [object as unknown as VolumeAttributesClass, before as unknown as VolumeAttributesClass]
  return [
    ...kubeMeta(object.metadata),
    ...(is.driverName === was.driverName ? [] : [forbiddenField(field('driverName'), 'updates to driverName are forbidden.')]),
    ...(same(is.parameters, was.parameters) ? [] : [forbiddenField(field('parameters'), 'updates to parameters are forbidden.')]),
  ]
}
