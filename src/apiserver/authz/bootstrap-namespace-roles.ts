/** The roles in kube-system and kube-public. Made by test/generators/rbac-bootstrap.mjs; do not edit. Notation: bootstrap-notation.ts. */
import { on, type RoleSpec } from './bootstrap-notation.js'

export const namespaceRoles: readonly RoleSpec[] = [
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    rules: [
      on('get,list,watch', '', 'configmaps'),
      on('update', '', 'configmaps', 'cluster-info'),
      on('create,patch,update', ',events.k8s.io', 'events'),
    ],
  },
  {
    name: 'extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    rules: [on('get,list,watch', '', 'configmaps', 'extension-apiserver-authentication')],
  },
  {
    name: 'system::leader-locking-kube-controller-manager',
    namespace: 'kube-system',
    rules: [
      on('watch', '', 'configmaps'),
      on('get,update', '', 'configmaps', 'kube-controller-manager'),
      on('create,get,list,update,watch', 'coordination.k8s.io', 'leases'),
      on('create,get,list,update,watch', 'coordination.k8s.io', 'leasecandidates'),
    ],
  },
  {
    name: 'system::leader-locking-kube-scheduler',
    namespace: 'kube-system',
    rules: [
      on('watch', '', 'configmaps'),
      on('get,update', '', 'configmaps', 'kube-scheduler'),
      on('create,get,list,update,watch', 'coordination.k8s.io', 'leases'),
      on('create,get,list,update,watch', 'coordination.k8s.io', 'leasecandidates'),
    ],
  },
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-system',
    rules: [on('get,list,watch', '', 'secrets')],
  },
  {
    name: 'system:controller:cloud-provider',
    namespace: 'kube-system',
    rules: [on('create,get,list,watch', '', 'configmaps')],
  },
  {
    name: 'system:controller:token-cleaner',
    namespace: 'kube-system',
    rules: [on('delete,get,list,watch', '', 'secrets'), on('create,patch,update', ',events.k8s.io', 'events')],
  },
]
