/** IngressClass: pkg/registry/networking/ingressclass/strategy.go and SetDefaults_IngressClass. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { ingressClassRow } from '../../printers/networking.js'
import type { IngressClass } from '../../types/networking-v1.js'
import { validateIngressClass, validateIngressClassUpdate } from '../../validation/networking/ingress-class.js'

export const ingressClassStrategy: Strategy = {
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  applyDefaults: (object) => {
    const { spec } = object as IngressClass
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster'
  },
  hasGeneration: true,
  ...printed('IngressClass', ingressClassRow),
}
