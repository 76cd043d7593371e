/** FlowSchema: pkg/registry/flowcontrol/flowschema/strategy.go and SetDefaults_FlowSchemaSpec. */
import type { Strategy } from '../../kind.js'
import { flowSchemaRow } from '../../printers/access.js'
import { printed } from '../../printers/cells.js'
import type { FlowSchema } from '../../types/flowcontrol-v1.js'
import { validateFlowSchema } from '../../validation/flowcontrol/flow-schema.js'
import { keepAllButStatus } from '../carry-over.js'

const precedence = 1000

export const flowSchemaStrategy: Strategy = {
  validate: validateFlowSchema,
  validateUpdate: validateFlowSchema,
  validateStatusUpdate: validateFlowSchema,
  applyDefaults: (object) => {
    const { spec } = object as FlowSchema
    if (spec) spec.matchingPrecedence ||= precedence
  },
  prepareForStatusUpdate: keepAllButStatus,
  hasGeneration: true,
  resetFields: { main: ['status'], status: ['metadata', 'spec'] },
  ...printed('FlowSchema', flowSchemaRow),
}
