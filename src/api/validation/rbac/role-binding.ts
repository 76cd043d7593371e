/** RoleBinding and ClusterRoleBinding: a role that stays, and subjects of three kinds. */
import type { KubeObject } from '../../meta/object.js'
import type { RoleBinding, Subject } from '../../types/rbac-v1.js'
import { demanded, dnsSubdomain, each, kubeMeta, oneOf, same, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, notSupported, required } from '../field-path.js'
import { isPathSegmentName } from '../names.js'

const group = 'rbac.authorization.k8s.io'
const roleRef = field('roleRef')

export const validateRoleBinding = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...binding(object, true)]
export const validateClusterRoleBinding = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...binding(object, false)]
export const validateRoleBindingUpdate = (object: KubeObject, before: KubeObject): FieldError[] => update(object, before, true)
export const validateClusterRoleBindingUpdate = (object: KubeObject, before: KubeObject): FieldError[] => update(object, before, false)

function update(object: KubeObject, before: KubeObject, namespaced: boolean): FieldError[] {
  const [is, was] = [object, before].map((one) => (one as unknown as RoleBinding).roleRef)
  const shown = { APIGroup: is?.apiGroup ?? '', Kind: is?.kind ?? '', Name: is?.name ?? '' }
  // Upstream's strategy judges the binding, and its update does so again.
  const whole = [...wholeMeta(object.metadata, { namespaced, nameRule: 'path-segment' }), ...binding(object, namespaced)]
  return [...whole, ...whole, ...(same(is, was) ? [] : [invalid(roleRef, shown, 'cannot change roleRef')])]
}

function binding(object: KubeObject, namespaced: boolean): FieldError[] {
  const { roleRef: ref, subjects } = object as unknown as RoleBinding
  return [
    ...oneOf(ref?.apiGroup, roleRef.child('apiGroup'), [group]),
    ...oneOf(ref?.kind, roleRef.child('kind'), namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
    ...demanded(ref?.name, roleRef.child('name'), isPathSegmentName),
    ...each(subjects, field('subjects'), (one, at) => subject(one, at, namespaced)),
  ]
}

function subject({ kind = '', name, apiGroup = '', namespace }: Subject, path: FieldPath, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = name ? [] : [required(path.child('name'))]
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...dnsSubdomain(name, path.child('name')))
      if (apiGroup) errors.push(notSupported(path.child('apiGroup'), apiGroup, ['']))
      return namespaced || namespace ? errors : [...errors, required(path.child('namespace'))]
    case 'User':
    case 'Group':
      return [...errors, ...oneOf(apiGroup, path.child('apiGroup'), [group])]
    default:
      return [...errors, notSupported(path.child('kind'), kind, ['ServiceAccount', 'User', 'Group'])]
  }
}
