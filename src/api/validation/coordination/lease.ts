/** Lease: terms that last, and who is to hold them. */
import type { KubeObject } from '../../meta/object.js'
import type { Lease } from '../../types/coordination-v1.js'
import { judged, kubeMeta, optionally } from '../checks.js'
import { type FieldError, field, forbiddenField, invalid } from '../field-path.js'
import { isQualifiedName } from '../names.js'

/** Updates are judged as creates are. */
export function validateLease(object: KubeObject): FieldError[] {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = (object as Lease).spec ?? {}
  const path = field('spec')
  const errors = kubeMeta(object.metadata)
  if (seconds !== undefined && seconds <= 0) errors.push(invalid(path.child('leaseDurationSeconds'), seconds, 'must be greater than 0'))
  if (transitions !== undefined && transitions < 0)
    errors.push(invalid(path.child('leaseTransitions'), transitions, 'must be greater than or equal to 0'))
  if (strategy !== undefined) errors.push(...leaseStrategy(strategy))
  if (preferredHolder && !strategy)
    errors.push(forbiddenField(path.child('preferredHolder'), 'may only be specified if `strategy` is defined'))
  return errors
}

/** A strategy of Kubernetes' own, or one under a domain. */
function leaseStrategy(strategy: string): FieldError[] {
  const at = field('spec', 'strategy')
  if (strategy.includes('/')) return optionally(strategy, at, isQualifiedName)
  return strategy === 'OldestEmulationVersion'
    ? []
    : judged(strategy, at, () => ['must be one of OldestEmulationVersion, or a qualified name'])
}
