/** VolumeAttributesClass: pkg/registry/storage/volumeattributesclass/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { volumeAttributesClassRow } from '../../printers/storage.js'
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from '../../validation/storage/storage-class.js'

export const volumeAttributesClassStrategy: Strategy = {
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
  ...printed('VolumeAttributesClass', volumeAttributesClassRow),
}
