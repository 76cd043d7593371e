/** CustomResourceDefinition: apiextensions-apiserver's pkg/registry/customresourcedefinition and its v1 defaults. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import type { CustomResourceDefinition } from '../../types/apiextensions-v1.js'
import {
  validateCustomResourceDefinition,
  validateCustomResourceDefinitionStatusUpdate,
  validateCustomResourceDefinitionUpdate,
} from '../../validation/apiextensions/custom-resource-definition.js'
import { keepStatus } from '../carry-over.js'

const httpsPort = 443

export const customResourceDefinitionStrategy: Strategy = {
  applyDefaults,
  validate: validateCustomResourceDefinition,
  validateUpdate: validateCustomResourceDefinitionUpdate,
  validateStatusUpdate: validateCustomResourceDefinitionStatusUpdate,
  prepareForCreate: (object) => {
    object.status = {}
    recordStorageVersion(object)
  },
  prepareForUpdate: (object, old) => {
    keepStatus(object, old)
    recordStorageVersion(object)
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as unknown as Partial<CustomResourceDefinition>
  if (!spec) return
  const { names } = spec
  if (names) {
    names.singular ||= (names.kind ?? '').toLowerCase()
    if (names.kind) names.listKind ||= `${names.kind}List`
  }
  spec.conversion ??= { strategy: 'None' }
  const service = spec.conversion.webhook?.clientConfig?.service
  if (service) service.port ??= httpsPort
}

/** Objects may from now on be stored in this version, until somebody has rewritten them all. */
function recordStorageVersion(object: KubeObject): void {
  const definition = object as unknown as CustomResourceDefinition
  const stored = definition.spec?.versions?.find(({ storage }) => storage)?.name
  const status = (definition.status ??= {})
  if (stored !== undefined && !status.storedVersions?.includes(stored)) status.storedVersions = [...(status.storedVersions ?? []), stored]
}
