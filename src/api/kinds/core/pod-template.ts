/** PodTemplate: pkg/registry/core/podtemplate/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { podTemplateRow } from '../../printers/workloads.js'
import type { PodTemplate } from '../../types/core-v1.js'
import { validatePodTemplate, validatePodTemplateUpdate } from '../../validation/core/replication-controller.js'
import { defaultPodTemplate } from './pod-spec.js'

export const podTemplateStrategy: Strategy = {
  validate: validatePodTemplate,
  validateUpdate: validatePodTemplateUpdate,
  applyDefaults: (object) => defaultPodTemplate(((object as PodTemplate).template ??= {})),
  hasGeneration: true,
  ...printed('PodTemplate', podTemplateRow),
}
