/** Role and ClusterRole: pkg/registry/rbac/role and clusterrole. Names may be anything that fits into a path. */
import type { Strategy } from '../../kind.js'

export const roleStrategy: Strategy = { nameRule: 'path-segment', allowCreateOnUpdate: true }

export const clusterRoleStrategy: Strategy = { nameRule: 'path-segment', allowCreateOnUpdate: true }
