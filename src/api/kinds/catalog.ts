/**
 * The strategies of the built-in kinds, by `GROUP/KIND` ('core/Pod', 'apps/Deployment', 'rbac.authorization.k8s.io/Role').
 * Where versions of a kind differ, `GROUP/VERSION/KIND` ('autoscaling/v1/HorizontalPodAutoscaler') goes before. A kind
 * that is not here has the empty strategy: its schema says all that is checked. Each strategy is in <group>/<kind>.ts.
 */
import type { Strategy } from '../kind.js'

export const strategies: Readonly<Record<string, Strategy>> = {}
