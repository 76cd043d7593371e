/** RoleBinding and ClusterRoleBinding: pkg/registry/rbac/rolebinding and the defaults of rbac.authorization.k8s.io/v1. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { roleBindingRow } from '../../printers/access.js'
import { printed } from '../../printers/cells.js'
import type { RoleBinding } from '../../types/rbac-v1.js'
import {
  validateClusterRoleBinding,
  validateClusterRoleBindingUpdate,
  validateRoleBinding,
  validateRoleBindingUpdate,
} from '../../validation/rbac/role-binding.js'

const rbacGroup = 'rbac.authorization.k8s.io'

export const roleBindingStrategy: Strategy = {
  applyDefaults,
  validate: validateRoleBinding,
  validateUpdate: validateRoleBindingUpdate,
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  ...printed('RoleBinding', roleBindingRow),
}

export const clusterRoleBindingStrategy: Strategy = {
  applyDefaults,
  validate: validateClusterRoleBinding,
  validateUpdate: validateClusterRoleBindingUpdate,
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  ...printed('ClusterRoleBinding', roleBindingRow),
}

function applyDefaults(object: KubeObject): void {
  const { roleRef, subjects } = object as unknown as RoleBinding
  if (roleRef) roleRef.apiGroup ||= rbacGroup
  for (const subject of subjects ?? [])
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = rbacGroup
}
