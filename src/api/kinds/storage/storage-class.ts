/** StorageClass: pkg/registry/storage/storageclass/strategy.go and SetDefaults_StorageClass. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { storageClassRow } from '../../printers/storage.js'
import type { StorageClass } from '../../types/storage-v1.js'
import { validateStorageClass, validateStorageClassUpdate } from '../../validation/storage/storage-class.js'

export const storageClassStrategy: Strategy = {
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  applyDefaults: (object) => {
    const storageClass = object as unknown as StorageClass
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },
  ...printed('StorageClass', storageClassRow),
}
