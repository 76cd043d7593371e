/** ResourceQuota: pkg/registry/core/resourcequota/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { resourceQuotaRow } from '../../printers/cluster.js'
import type { ResourceQuota } from '../../types/core-v1.js'
import {
  validateResourceQuota,
  validateResourceQuotaStatusUpdate,
  validateResourceQuotaUpdate,
} from '../../validation/core/resource-quota.js'
import { roundResources } from './resource-list.js'

export const resourceQuotaStrategy: Strategy = {
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  validateStatusUpdate: validateResourceQuotaStatusUpdate,
  applyDefaults: (object) => {
    const { spec, status } = object as ResourceQuota
    for (const list of [spec?.hard, status?.hard, status?.used]) roundResources(list)
  },
  ...printed('ResourceQuota', resourceQuotaRow),
}
