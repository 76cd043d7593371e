/** NetworkPolicy: pkg/registry/networking/networkpolicy/strategy.go and SetDefaults_NetworkPolicy. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printedAs } from '../../printers/cells.js'
import { networkPolicyRow } from '../../printers/networking.js'
import type { NetworkPolicy } from '../../types/networking-v1.js'
import { validateNetworkPolicy, validateNetworkPolicyUpdate } from '../../validation/networking/network-policy.js'

export const networkPolicyStrategy: Strategy = {
  applyDefaults,
  validate: validateNetworkPolicy,
  validateUpdate: validateNetworkPolicyUpdate,
  hasGeneration: true,
  ...printedAs(
    [
      ['Pod-Selector', 'string'],
      ['Age', 'string'],
    ],
    networkPolicyRow,
  ),
}

/** A policy is about what comes in, and about what goes out when it says anything of that. */
function applyDefaults(object: KubeObject): void {
  const { spec } = object as NetworkPolicy
  if (!spec) return
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports ?? []) port.protocol ??= 'TCP'
}
