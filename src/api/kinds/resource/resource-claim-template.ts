/** ResourceClaimTemplate: pkg/registry/resource/resourceclaimtemplate/strategy.go. */
import type { Strategy } from '../../kind.js'
import { ageRow, printed } from '../../printers/cells.js'
import type { ResourceClaimTemplate } from '../../types/resource-v1.js'
import { defaultClaimRequests } from './device-request.js'

export const resourceClaimTemplateStrategy: Strategy = {
  applyDefaults: (object) => defaultClaimRequests((object as unknown as Partial<ResourceClaimTemplate>).spec?.spec),
  ...printed('ResourceClaimTemplate', ageRow),
}
