/** Ingress: pkg/registry/networking/ingress/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { ingressRow } from '../../printers/networking.js'
import { validateIngress, validateIngressStatusUpdate, validateIngressUpdate } from '../../validation/networking/ingress.js'

const classAnnotation = 'kubernetes.io/ingress.class'

export const ingressStrategy: Strategy = {
  validate: validateIngress,
  validateUpdate: validateIngressUpdate,
  validateStatusUpdate: validateIngressStatusUpdate,
  hasGeneration: true,
  warnings: ({ metadata }) =>
    metadata.annotations?.[classAnnotation] === undefined
      ? []
      : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  ...printed('Ingress', ingressRow),
}
