/** APIService: a group-version, its priorities, and who serves it. */
import type { KubeObject } from '../../meta/object.js'
import type { APIService } from '../../types/apiregistration-v1.js'
import { each, judged, kubeMeta, oneOf, wholeMeta } from '../checks.js'
import { type FieldError, field, invalid, required } from '../field-path.js'
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isPortNumber } from '../names.js'

/** The name tells the group-version; this judges it whole. */
function nameErrors(object: KubeObject): FieldError[] {
  const { version = '', group = '' } = (object as APIService).spec ?? {}
  const name = object.metadata.name ?? ''
  const wanted = `${version}.${group}`
  if (name === '' || name === wanted || isPathSegmentName(name).length > 0) return []
  return [invalid(field('metadata', 'name'), name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)]
}

export const validateApiService = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...nameErrors(object),
  ...spec(object),
]

export const validateApiServiceUpdate = (object: KubeObject): FieldError[] => [
  ...wholeMeta(object.metadata, { namespaced: false, nameRule: 'path-segment' }),
  ...nameErrors(object),
  ...spec(object),
]

function spec(object: KubeObject): FieldError[] {
  const path = field('spec')
  const {
    group = '',
    version = '',
    groupPriorityMinimum: priority = 0,
    versionPriority = 0,
    service,
    caBundle = '',
    insecureSkipTLSVerify: insecure = false,
  } = (object as APIService).spec ?? { groupPriorityMinimum: 0, versionPriority: 0 }
  const errors: FieldError[] = []
  const skip = path.child('insecureSkipTLSVerify')
  if (!group && version !== 'v1') errors.push(required(path.child('group'), 'only v1 may have an empty group and it better be legacy kube'))
  if (group) errors.push(...judged(group, path.child('group'), isDns1123Subdomain))
  errors.push(...judged(version, path.child('version'), isDns1035Label))
  if (priority <= 0 || priority > 20000)
    errors.push(invalid(path.child('groupPriorityMinimum'), priority, 'must be positive and less than 20000'))
  if (versionPriority <= 0 || versionPriority > 1000)
    errors.push(invalid(path.child('versionPriority'), versionPriority, 'must be positive and less than 1000'))
  if (!service) {
    if (caBundle)
      errors.push(
        invalid(
          path.child('caBundle'),
          `${Math.floor((caBundle.replace(/=+$/, '').length * 3) / 4)} bytes`,
          'local APIServices may not have a caBundle',
        ),
      )
    if (insecure) errors.push(invalid(skip, true, 'local APIServices may not have insecureSkipTLSVerify'))
    return errors
  }
  const at = path.child('service')
  for (const name of ['namespace', 'name'] as const) if (!service[name]) errors.push(required(at.child(name)))
  const wrong = isPortNumber(service.port ?? 0)
  if (wrong.length > 0) errors.push(invalid(at.child('port'), service.port ?? 0, `port is not valid: ${wrong.join(', ')}`))
  return insecure && caBundle ? [...errors, invalid(skip, true, 'may not be true if caBundle is present')] : errors
}

export const validateApiServiceStatusUpdate = (object: KubeObject): FieldError[] =>
  each((object as APIService).status?.conditions, field('status', 'conditions'), ({ status }, at) =>
    oneOf(status, at.child('status'), ['True', 'False', 'Unknown']),
  )
