/** Environment variables of a container: names, and where values come from. */
import type { EnvFromSource, EnvVar, FileKeySelector } from '../../types/core-v1.js'
import { demanded, dnsLabel, dnsSubdomain, each, judged } from '../checks.js'
import { type FieldError, type FieldPath, invalid, required } from '../field-path.js'
import { isConfigMapKey, isRelaxedEnvVarName, nameRules } from '../names.js'
import { noBacksteps } from '../paths.js'
import { envFields, fieldSelector, resourceSelector } from './downward-api.js'

export const envVars = (vars: readonly EnvVar[] | undefined, path: FieldPath): FieldError[] =>
  each(vars, path, (variable, at) => [
    ...demanded(variable.name, at.child('name'), isRelaxedEnvVarName),
    ...valueFrom(variable, at.child('valueFrom')),
  ])

function valueFrom({ value, valueFrom: from }: EnvVar, path: FieldPath): FieldError[] {
  if (!from) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from
  const errors: FieldError[] = []
  if (fieldRef) errors.push(...fieldSelector(fieldRef, path.child('fieldRef'), envFields))
  if (resourceFieldRef) errors.push(...resourceSelector(resourceFieldRef, path.child('resourceFieldRef'), 'env'))
  if (configMapKeyRef) errors.push(...keySelector(configMapKeyRef, path.child('configMapKeyRef')))
  if (secretKeyRef) errors.push(...keySelector(secretKeyRef, path.child('secretKeyRef')))
  if (fileKeyRef) errors.push(...fileKeySelector(fileKeyRef, path.child('fileKeyRef')))
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (given === 0)
    errors.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  else if (value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  else if (given > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return errors
}

const keySelector = ({ name = '', key }: { readonly name?: string | undefined; readonly key: string }, path: FieldPath): FieldError[] => [
  ...dnsSubdomain(name, path.child('name')),
  ...demanded(key, path.child('key'), isConfigMapKey),
]

const fileKeySelector = ({ key, volumeName, path: file }: FileKeySelector, path: FieldPath): FieldError[] => [
  ...demanded(key, path.child('key'), isRelaxedEnvVarName),
  ...(volumeName ? dnsLabel(volumeName, path.child('volumeName')) : [required(path.child('volumeName'))]),
  ...(file ? noBacksteps(file, path.child('path')) : [required(path.child('path'))]),
]

export function envFrom(sources: readonly EnvFromSource[] | undefined, path: FieldPath): FieldError[] {
  return each(sources, path, ({ prefix, configMapRef, secretRef }, at) => {
    const errors = prefix ? judged(prefix, at.child('prefix'), isRelaxedEnvVarName) : []
    if (configMapRef) errors.push(...demanded(configMapRef.name, at.child('configMapRef', 'name'), isNamePrefix))
    if (secretRef) errors.push(...demanded(secretRef.name, at.child('secretRef', 'name'), isNamePrefix))
    // Upstream points at the list, not at the item.
    if (!configMapRef && !secretRef) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (configMapRef && secretRef) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
    return errors
  })
}

const isNamePrefix = (name: string): string[] => nameRules['dns-subdomain'](name, true)
