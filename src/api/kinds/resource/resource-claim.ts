/** ResourceClaim: pkg/registry/resource/resourceclaim/strategy.go. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { resourceClaimRow } from '../../printers/scheduling.js'
import type { ResourceClaim, ResourceClaimStatus } from '../../types/resource-v1.js'
import { keepAllButStatus } from '../carry-over.js'
import { defaultClaimRequests, defaultTolerations } from './device-request.js'

export const resourceClaimStrategy: Strategy = {
  applyDefaults: (object) => {
    const { spec, status } = object as unknown as ResourceClaim
    defaultClaimRequests(spec)
    for (const { tolerations } of status?.allocation?.devices?.results ?? []) defaultTolerations(tolerations)
  },
  prepareForStatusUpdate: (object, old) => {
    keepAllButStatus(object, old)
    dropDeallocated(object, old)
  },
  ...printed('ResourceClaim', resourceClaimRow),
}

interface DeviceId {
  readonly driver: string
  readonly pool: string
  readonly device: string
}

/** The state of a device that is no longer allocated goes with its allocation. */
function dropDeallocated(object: KubeObject, old: KubeObject): void {
  const [status, before] = [object.status, old.status] as [ResourceClaimStatus | undefined, ResourceClaimStatus | undefined]
  if (!status?.devices) return
  const idOf = ({ driver, pool, device }: DeviceId): string => `${driver}/${pool}/${device}`
  const held = new Set((status.allocation?.devices?.results ?? []).map(idOf))
  const gone = new Set((before?.allocation?.devices?.results ?? []).map(idOf).filter((id) => !held.has(id)))
  const devices = status.devices.filter((device) => !gone.has(idOf(device)))
  if (devices.length > 0) status.devices = devices
  else delete status.devices
}
