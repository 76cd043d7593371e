/** Ingress: pkg/registry/networking/ingress/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { ingressRow } from '../../printers/networking.js'

const classAnnotation = 'kubernetes.io/ingress.class'

export const ingressStrategy: Strategy = {
  hasGeneration: true,
  warnings: ({ metadata }) =>
    metadata.annotations?.[classAnnotation] === undefined
      ? []
      : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  ...printed('Ingress', ingressRow),
}
