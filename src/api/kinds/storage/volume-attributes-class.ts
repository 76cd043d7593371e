/** VolumeAttributesClass: pkg/registry/storage/volumeattributesclass/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { volumeAttributesClassRow } from '../../printers/storage.js'

export const volumeAttributesClassStrategy: Strategy = { ...printed('VolumeAttributesClass', volumeAttributesClassRow) }
