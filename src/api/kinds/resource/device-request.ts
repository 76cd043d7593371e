/** Defaults of what claims ask for (pkg/apis/resource/v1/defaults.go). */
import type { DeviceToleration, ExactDeviceRequest, ResourceClaimSpec } from '../../types/resource-v1.js'

/** Completes the requests of a claim or of a template of one. */
export function defaultClaimRequests(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) {
      defaultCount(request)
      defaultTolerations(request.tolerations)
    }
  }
}

function defaultCount(request: Pick<ExactDeviceRequest, 'allocationMode' | 'count'>): void {
  request.allocationMode ||= 'ExactCount'
  if (request.allocationMode === 'ExactCount') request.count ||= 1
}

/** A toleration is of one value unless it says otherwise. */
export function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) (toleration as { operator?: string | undefined }).operator ||= 'Equal'
}
