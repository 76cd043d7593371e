/** CSIDriver: pkg/registry/storage/csidriver/strategy.go and SetDefaults_CSIDriver. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printedAs } from '../../printers/cells.js'
import { csiDriverRow } from '../../printers/storage.js'
import type { CSIDriver } from '../../types/storage-v1.js'
import { validateCsiDriver, validateCsiDriverUpdate } from '../../validation/storage/csi.js'
import { saysTheSame } from '../equality.js'

export const csiDriverStrategy: Strategy = {
  applyDefaults,
  validate: validateCsiDriver,
  validateUpdate: validateCsiDriverUpdate,
  // A new driver has no generation; changes are counted all the same.
  prepareForUpdate: (object, old) => {
    if (!saysTheSame(object.spec, old.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1
  },
  allowUnconditionalUpdate: false,
  ...printedAs(
    [
      ['AttachRequired', 'boolean'],
      ['PodInfoOnMount', 'boolean'],
      ['StorageCapacity', 'boolean'],
      ['TokenRequests', 'string'],
      ['RequiresRepublish', 'boolean'],
      ['Modes', 'string'],
      ['Age', 'string'],
    ],
    csiDriverRow,
  ),
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as unknown as Partial<CSIDriver>
  if (!spec) return
  spec.attachRequired ??= true
  spec.podInfoOnMount ??= false
  spec.storageCapacity ??= false
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
  spec.requiresRepublish ??= false
  spec.seLinuxMount ??= false
}
