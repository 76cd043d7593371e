/** The cluster roles every cluster has. Made by test/generators/rbac-bootstrap.mjs; do not edit. Notation: bootstrap-notation.ts. */
import { on, url, type RoleSpec } from './bootstrap-notation.js'

export const clusterRoles: readonly RoleSpec[] = [
  {
    name: 'admin',
    aggregates: ['rbac.authorization.k8s.io/aggregate-to-admin'],
    rules: [],
  },
  {
    name: 'cluster-admin',
    rules: [
      on('*', '*', '*'),
      url('*', '*'),
    ],
  },
  {
    name: 'edit',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' },
    aggregates: ['rbac.authorization.k8s.io/aggregate-to-edit'],
    rules: [],
  },
  {
    name: 'system:aggregate-to-admin',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' },
    rules: [
      on('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      on('create,delete,deletecollection,get,list,patch,update,watch', 'rbac.authorization.k8s.io', 'rolebindings,roles'),
    ],
  },
  {
    name: 'system:aggregate-to-edit',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' },
    rules: [
      on('get,list,watch', '', 'pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy'),
      on('impersonate', '', 'serviceaccounts'),
      on('create,delete,deletecollection,patch,update', '', 'pods,pods/attach,pods/exec,pods/portforward,pods/proxy'),
      on('create', '', 'pods/eviction'),
      on('create,delete,deletecollection,patch,update', '', 'configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy'),
      on('create', '', 'serviceaccounts/token'),
      on('create,delete,deletecollection,patch,update', 'apps', 'daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale'),
      on('create,delete,deletecollection,patch,update', 'autoscaling', 'horizontalpodautoscalers'),
      on('create,delete,deletecollection,patch,update', 'batch', 'cronjobs,jobs'),
      on('create,delete,deletecollection,patch,update', 'extensions', 'daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale'),
      on('create,delete,deletecollection,patch,update', 'policy', 'poddisruptionbudgets'),
      on('create,delete,deletecollection,patch,update', 'networking.k8s.io', 'ingresses,networkpolicies'),
      on('create,delete,deletecollection,get,list,patch,update,watch', 'coordination.k8s.io', 'leases'),
      on('create,delete,deletecollection,patch,update', 'resource.k8s.io', 'resourceclaims,resourceclaimtemplates'),
    ],
  },
  {
    name: 'system:aggregate-to-view',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
    rules: [
      on('get,list,watch', '', 'configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status'),
      on('get,list,watch', '', 'bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status'),
      on('get,list,watch', '', 'namespaces'),
      on('get,list,watch', 'discovery.k8s.io', 'endpointslices'),
      on('get,list,watch', 'apps', 'controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status'),
      on('get,list,watch', 'autoscaling', 'horizontalpodautoscalers,horizontalpodautoscalers/status'),
      on('get,list,watch', 'batch', 'cronjobs,cronjobs/status,jobs,jobs/status'),
      on('get,list,watch', 'extensions', 'daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale'),
      on('get,list,watch', 'policy', 'poddisruptionbudgets,poddisruptionbudgets/status'),
      on('get,list,watch', 'networking.k8s.io', 'ingresses,ingresses/status,networkpolicies'),
      on('get,list,watch', 'resource.k8s.io', 'resourceclaims,resourceclaims/status,resourceclaimtemplates'),
    ],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      on('create', 'authentication.k8s.io', 'tokenreviews'),
      on('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      on('create', 'authorization.k8s.io', 'selfsubjectaccessreviews,selfsubjectrulesreviews'),
      on('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [
      on('create', 'certificates.k8s.io', 'certificatesigningrequests/nodeclient'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [
      on('create', 'certificates.k8s.io', 'certificatesigningrequests/selfnodeclient'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:kube-apiserver-client-approver',
    rules: [
      on('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
    rules: [
      on('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:kubelet-serving-approver',
    rules: [
      on('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kubelet-serving'),
    ],
  },
  {
    name: 'system:certificates.k8s.io:legacy-unknown-approver',
    rules: [
      on('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/legacy-unknown'),
    ],
  },
  {
    name: 'system:discovery',
    rules: [
      url('get', '/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/'),
    ],
  },
  {
    name: 'system:heapster',
    rules: [
      on('get,list,watch', '', 'events,namespaces,nodes,pods'),
      on('get,list,watch', 'extensions', 'deployments'),
    ],
  },
  {
    name: 'system:kube-aggregator',
    rules: [
      on('get,list,watch', '', 'endpoints,services'),
    ],
  },
  {
    name: 'system:kube-controller-manager',
    rules: [
      on('create,patch,update', ',events.k8s.io', 'events'),
      on('create', 'coordination.k8s.io', 'leases'),
      on('get,update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
      on('create', '', 'secrets,serviceaccounts'),
      on('delete', '', 'secrets'),
      on('get', '', 'configmaps,namespaces,secrets,serviceaccounts'),
      on('update', '', 'secrets,serviceaccounts'),
      on('create', 'authentication.k8s.io', 'tokenreviews'),
      on('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      on('list,watch', '*', '*'),
      on('create', '', 'serviceaccounts/token'),
    ],
  },
  {
    name: 'system:kube-dns',
    rules: [
      on('list,watch', '', 'endpoints,services'),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      on('create,patch,update', ',events.k8s.io', 'events'),
      on('create', 'coordination.k8s.io', 'leases'),
      on('get,list,update,watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
      on('create,delete,deletecollection,get,list,patch,update,watch', 'coordination.k8s.io', 'leasecandidates'),
      on('get,list,watch', '', 'nodes'),
      on('delete,get,list,watch', '', 'pods'),
      on('create', '', 'bindings,pods/binding'),
      on('patch,update', '', 'pods/status'),
      on('get,list,watch', '', 'replicationcontrollers,services'),
      on('get,list,watch', 'apps,extensions', 'replicasets'),
      on('get,list,watch', 'apps', 'statefulsets'),
      on('get,list,watch', 'policy', 'poddisruptionbudgets'),
      on('get,list,watch', '', 'persistentvolumeclaims,persistentvolumes'),
      on('create', 'authentication.k8s.io', 'tokenreviews'),
      on('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      on('get,list,watch', 'storage.k8s.io', 'csinodes'),
      on('get,list,watch', 'storage.k8s.io', 'volumeattachments'),
      on('get,list,watch', '', 'namespaces'),
      on('get,list,watch', 'storage.k8s.io', 'csidrivers'),
      on('get,list,watch', 'storage.k8s.io', 'csistoragecapacities'),
      on('get,list,watch', 'resource.k8s.io', 'deviceclasses'),
      on('get,list,patch,update,watch', 'resource.k8s.io', 'resourceclaims'),
      on('get,list,patch,update,watch', 'resource.k8s.io', 'resourceclaims/status'),
      on('update', '', 'pods/finalizers'),
      on('get,list,watch', 'resource.k8s.io', 'resourceslices'),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      on('get,list,watch', '', 'nodes'),
      on('proxy', '', 'nodes'),
      on('*', '', 'nodes/log,nodes/metrics,nodes/proxy,nodes/stats'),
      on('*', '', 'nodes/configz,nodes/healthz,nodes/pods'),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [
      url('get', '/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*'),
      on('get', '', 'nodes/metrics'),
    ],
  },
  {
    name: 'system:node',
    rules: [
      on('create', 'authentication.k8s.io', 'tokenreviews'),
      on('create', 'authorization.k8s.io', 'localsubjectaccessreviews,subjectaccessreviews'),
      on('get,list,watch', '', 'services'),
      on('create,get,list,watch', '', 'nodes'),
      on('patch,update', '', 'nodes/status'),
      on('patch,update', '', 'nodes'),
      on('create,patch,update', '', 'events'),
      on('get,list,watch', '', 'pods'),
      on('create,delete', '', 'pods'),
      on('patch,update', '', 'pods/status'),
      on('create', '', 'pods/eviction'),
      on('get,list,watch', '', 'configmaps,secrets'),
      on('get', '', 'persistentvolumeclaims,persistentvolumes'),
      on('get', '', 'endpoints'),
      on('create,get,list,watch', 'certificates.k8s.io', 'certificatesigningrequests'),
      on('create,delete,get,patch,update', 'coordination.k8s.io', 'leases'),
      on('get', 'storage.k8s.io', 'volumeattachments'),
      on('create', '', 'serviceaccounts/token'),
      on('get,patch,update', '', 'persistentvolumeclaims/status'),
      on('get,list,watch', 'storage.k8s.io', 'csidrivers'),
      on('create,delete,get,patch,update', 'storage.k8s.io', 'csinodes'),
      on('get,list,watch', 'node.k8s.io', 'runtimeclasses'),
      on('get', 'resource.k8s.io', 'resourceclaims'),
      on('deletecollection', 'resource.k8s.io', 'resourceslices'),
      on('get', '', 'serviceaccounts'),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [
      on('create,get,list,watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    ],
  },
  {
    name: 'system:node-problem-detector',
    rules: [
      on('get', '', 'nodes'),
      on('patch', '', 'nodes/status'),
      on('create,patch,update', ',events.k8s.io', 'events'),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      on('list,watch', '', 'endpoints,services'),
      on('get,list,watch', '', 'nodes'),
      on('create,patch,update', ',events.k8s.io', 'events'),
      on('list,watch', 'networking.k8s.io', 'servicecidrs'),
      on('list,watch', 'discovery.k8s.io', 'endpointslices'),
    ],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      on('create,delete,get,list,watch', '', 'persistentvolumes'),
      on('get,list,update,watch', '', 'persistentvolumeclaims'),
      on('get,list,watch', 'storage.k8s.io', 'storageclasses'),
      on('watch', '', 'events'),
      on('create,patch,update', ',events.k8s.io', 'events'),
    ],
  },
  {
    name: 'system:public-info-viewer',
    rules: [
      url('get', '/healthz,/livez,/readyz,/version,/version/'),
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      url('get', '/.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/'),
    ],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      on('get,list,patch,update,watch', '', 'persistentvolumes'),
      on('get,list,watch', 'storage.k8s.io', 'storageclasses'),
      on('get,list,patch,update,watch', '', 'persistentvolumeclaims'),
    ],
  },
  {
    name: 'view',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' },
    aggregates: ['rbac.authorization.k8s.io/aggregate-to-view'],
    rules: [],
  },
]
