/** CertificateSigningRequest: pkg/registry/certificates/certificates/strategy.go. Who asks is told by admission of the request. */
import type { Strategy, StrategyContext } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { formatTime } from '../../meta/time.js'
import { certificateSigningRequestRow } from '../../printers/access.js'
import { printed } from '../../printers/cells.js'
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../types/certificates-v1.js'
import {
  validateCertificateSigningRequest,
  validateCertificateSigningRequestStatusUpdate,
  validateCertificateSigningRequestUpdate,
} from '../../validation/certificates/certificate-signing-request.js'
import { keepStatus } from '../carry-over.js'

export const certificateSigningRequestStrategy: Strategy = {
  nameRule: 'path-segment',
  applyDefaults: (object) => {
    for (const condition of (object as unknown as CertificateSigningRequest).status?.conditions ?? []) condition.status ||= 'True'
  },
  prepareForUpdate: (object, old) => {
    object.spec = structuredClone(old.spec)
    keepStatus(object, old)
  },
  prepareForStatusUpdate,
  validate: validateCertificateSigningRequest,
  validateUpdate: validateCertificateSigningRequestUpdate,
  validateStatusUpdate: validateCertificateSigningRequestStatusUpdate,
  selectableFields: { 'spec.signerName': (object) => (object as unknown as CertificateSigningRequest).spec.signerName },
  resetFields: { main: ['spec', 'status'], status: ['spec', 'status.conditions'] },
  ...printed('CertificateSigningRequest', certificateSigningRequestRow),
}

/** Whether it is approved or denied is said through the subresource approval; the rest is the signer's. */
function prepareForStatusUpdate(object: KubeObject, old: KubeObject, { now }: StrategyContext): void {
  object.spec = structuredClone(old.spec)
  const status = ((object as unknown as CertificateSigningRequest).status ??= {})
  const before = (old as unknown as CertificateSigningRequest).status?.conditions ?? []
  const isVerdict = ({ type }: CertificateSigningRequestCondition): boolean => type === 'Approved' || type === 'Denied'
  const others = (status.conditions ?? []).filter((condition) => !isVerdict(condition))
  const conditions = [...structuredClone(before.filter(isVerdict)), ...others]
  if (conditions.length > 0) status.conditions = conditions.map((condition) => timed(condition, before, formatTime(now)))
  else delete status.conditions
}

/** A condition's times: when it was written, and when its status last became what it is (populateConditionTimestamps). */
function timed(
  condition: CertificateSigningRequestCondition,
  before: readonly CertificateSigningRequestCondition[],
  now: string,
): CertificateSigningRequestCondition {
  const old = before.find(({ type }) => type === condition.type)
  const lastTransitionTime = condition.lastTransitionTime ?? (old?.status === condition.status ? (old.lastTransitionTime ?? now) : now)
  return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime }
}
