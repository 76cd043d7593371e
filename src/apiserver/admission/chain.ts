/**
 * Admission: every plugin in upstream's order, first those that change, later those that judge. The order is fixed here
 * and nowhere else (kubeapiserver/options/plugins.go).
 */
import type { Attributes } from './attributes.js'
import { certificateApproval, certificateRequester, certificateSigning } from './certificates.js'
import { defaultIngressClass } from './default-ingress-class.js'
import { limitRanger } from './limit-ranger.js'
import { namespaceLifecycle } from './namespace-lifecycle.js'
import { nodeRestriction } from './node-restriction.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'
import { defaultTolerationSeconds, taintNodesByCondition } from './pod-tolerations.js'
import { priority } from './priority.js'
import { resourceQuota } from './resource-quota.js'
import { runtimeClass } from './runtime-class.js'
import { serviceAccount } from './service-account.js'
import { defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from './storage-defaults.js'

export interface AdmissionChain {
  /** Lets every plugin change the object. Throws what the first that refuses throws. */
  admit(attributes: Attributes): Promise<void>
  /** Lets every plugin judge the finished object. */
  validate(attributes: Attributes): Promise<void>
}

/** Before webhooks and policies. */
const early: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  certificateRequester,
  certificateApproval,
  certificateSigning,
  defaultIngressClass,
]
/** After the webhooks, so that what they changed is charged. */
const late: readonly AdmissionPlugin[] = [resourceQuota]

/** `dynamic`: webhooks and admission policies, in their order. */
export function createAdmissionChain(world: AdmissionWorld, dynamic: readonly AdmissionPlugin[] = []): AdmissionChain {
  const plugins = [...early, ...dynamic, ...late]
  const mutating = plugins.filter(({ admit }) => admit)
  const validating = plugins.filter(({ validate }) => validate)
  return {
    async admit(attributes) {
      for (const { admit } of mutating) {
        const under = admit?.(attributes, world)
        if (under) await under
      }
    },
    async validate(attributes) {
      for (const { validate } of validating) {
        const under = validate?.(attributes, world)
        if (under) await under
      }
    },
  }
}
