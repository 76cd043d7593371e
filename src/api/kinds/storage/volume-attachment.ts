/** VolumeAttachment: pkg/registry/storage/volumeattachment/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { volumeAttachmentRow } from '../../printers/storage.js'
import type { VolumeAttachment } from '../../types/storage-v1.js'
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from '../../validation/storage/volume-attachment.js'
import { keepAllButStatus } from '../carry-over.js'
import { defaultVolumeSpec } from '../core/persistent-volume.js'

export const volumeAttachmentStrategy: Strategy = {
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
  applyDefaults: (object) => {
    const inline = (object as unknown as Partial<VolumeAttachment>).spec?.source?.inlineVolumeSpec
    if (!inline) return
    const { persistentVolumeReclaimPolicy: reclaim, volumeMode: mode } = inline
    defaultVolumeSpec(inline)
    // Only a PersistentVolume has these by default.
    if (!reclaim) delete inline.persistentVolumeReclaimPolicy
    if (mode === undefined) delete inline.volumeMode
  },
  prepareForStatusUpdate: keepAllButStatus,
  allowUnconditionalUpdate: false,
  resetFields: { main: ['status'], status: ['metadata', 'spec'] },
  ...printed('VolumeAttachment', volumeAttachmentRow),
}
