/** IngressClass: its controller stays, its parameters may stand in a namespace. */
import type { KubeObject } from '../../meta/object.js'
import type { IngressClass, IngressClassParametersReference } from '../../types/networking-v1.js'
import { dnsLabel, immutable, kubeMeta, oneOf, wholeMeta } from '../checks.js'
import { domainPrefixedPath } from '../domain-path.js'
import { type FieldError, type FieldPath, field, forbiddenField, required, tooLong } from '../field-path.js'
import { byteLength } from '../names.js'
import { typedReference } from './ingress.js'

const at = field('spec', 'controller')
const controllerBytesMax = 250
const controllerOf = (object: KubeObject): string => (object as IngressClass).spec?.controller ?? ''

export const validateIngressClass = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...body(object)]

export const validateIngressClassUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...immutable(controllerOf(object), controllerOf(before), at),
  ...wholeMeta(object.metadata, { namespaced: false }),
  ...body(object),
]

function body(object: KubeObject): FieldError[] {
  const { parameters } = (object as IngressClass).spec ?? {}
  const controller = controllerOf(object)
  return [
    ...(byteLength(controller) > controllerBytesMax ? [tooLong(at, controllerBytesMax)] : []),
    ...domainPrefixedPath(controller, at),
    ...(parameters ? reference(parameters, field('spec', 'parameters')) : []),
  ]
}

function reference(given: IngressClassParametersReference, path: FieldPath): FieldError[] {
  const { scope, namespace } = given
  const place = path.child('namespace')
  const errors = typedReference(given, path)
  if (scope === undefined) return [...errors, required(path.child('scope'))]
  errors.push(...oneOf(scope, path.child('scope'), ['Cluster', 'Namespace']))
  if (scope === 'Namespace')
    errors.push(...(namespace === undefined ? [required(place, "`parameters.scope` is set to 'Namespace'")] : dnsLabel(namespace, place)))
  if (scope === 'Cluster' && namespace !== undefined) errors.push(forbiddenField(place, "`parameters.scope` is set to 'Cluster'"))
  return errors
}
