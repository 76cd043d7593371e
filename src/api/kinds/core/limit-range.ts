/** LimitRange: pkg/registry/core/limitrange/strategy.go and SetDefaults_LimitRangeItem. */
import type { Strategy } from '../../kind.js'
import type { LimitRange, LimitRangeItem } from '../../types/core-v1.js'
import { validateLimitRange } from '../../validation/core/limit-range.js'
import { fillResources, roundResources } from './resource-list.js'

export const limitRangeStrategy: Strategy = {
  applyDefaults: (object) => {
    for (const item of (object as LimitRange).spec?.limits ?? []) defaultItem(item)
  },
  // A LimitRange needs no name of its own.
  prepareForCreate: ({ metadata }, { uid }) => {
    metadata.name ||= uid()
  },
  validate: validateLimitRange,
  allowCreateOnUpdate: true,
}

/** A container's limit defaults to the largest, its request to its limit, else to the least. */
function defaultItem(item: LimitRangeItem): void {
  if (item.type === 'Container') {
    item.default = fillResources(item.default, item.max) ?? {}
    item.defaultRequest = fillResources(fillResources(item.defaultRequest, item.default), item.min) ?? {}
  }
  for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) roundResources(list)
}
