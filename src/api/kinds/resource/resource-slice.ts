/** ResourceSlice: pkg/registry/resource/resourceslice/strategy.go and SetDefaults_DeviceTaint. */
import type { Strategy, StrategyContext } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { formatTime } from '../../meta/time.js'
import { printed } from '../../printers/cells.js'
import { resourceSliceRow } from '../../printers/scheduling.js'
import type { ResourceSlice } from '../../types/resource-v1.js'

export const resourceSliceStrategy: Strategy = {
  prepareForCreate: dateTaints,
  prepareForUpdate: (object, _old, context) => dateTaints(object, context),
  hasGeneration: true,
  warnings: (object) => {
    const { driver = '' } = (object as unknown as Partial<ResourceSlice>).spec ?? {}
    if (driver === driver.toLowerCase()) return []
    return [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`]
  },
  selectableFields: {
    'spec.nodeName': (object) => (object as unknown as ResourceSlice).spec.nodeName ?? '',
    'spec.driver': (object) => (object as unknown as ResourceSlice).spec.driver,
  },
  ...printed('ResourceSlice', resourceSliceRow),
}

/** A taint holds from when it was added: a default that needs the clock, and so is set here. */
function dateTaints(object: KubeObject, { now }: StrategyContext): void {
  for (const { taints } of (object as unknown as Partial<ResourceSlice>).spec?.devices ?? [])
    for (const taint of taints ?? []) taint.timeAdded ??= formatTime(now)
}
