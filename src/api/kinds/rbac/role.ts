/** Role and ClusterRole: pkg/registry/rbac/role and clusterrole. Names may be anything that fits into a path. */
import type { Strategy } from '../../kind.js'
import { validateClusterRole, validateClusterRoleUpdate, validateRole, validateRoleUpdate } from '../../validation/rbac/role.js'

export const roleStrategy: Strategy = {
  validate: validateRole,
  validateUpdate: validateRoleUpdate,
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
}

export const clusterRoleStrategy: Strategy = {
  validate: validateClusterRole,
  validateUpdate: validateClusterRoleUpdate,
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
}
