/** The types of io.k8s.api.rbac.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const rbacV1 = `io.k8s.api.rbac.v1 rbac.authorization.k8s.io/v1
AggregationRule clusterRoleSelectors:[meta.v1/LabelSelector@1~a
ClusterRole;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= rules+:[PolicyRule@2~a aggregationRule*:AggregationRule@3
ClusterRoleBinding;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= subjects:[Subject@2~a roleRef!+:RoleRef@3=
ClusterRoleBindingList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ClusterRoleBinding@2
ClusterRoleList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ClusterRole@2
PolicyRule verbs!+:[s@1~a apiGroups:[s@2~a resources:[s@3~a resourceNames:[s@4~a nonResourceURLs:[s@5~a
Role;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= rules+:[PolicyRule@2~a
RoleBinding;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= subjects:[Subject@2~a roleRef!+:RoleRef@3=
RoleBindingList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[RoleBinding@2
RoleList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Role@2
RoleRef;a apiGroup+:s@1= kind!+:s@2= name!+:s@3=
Subject;a kind!+:s@1= apiGroup:s@2 name!+:s@3= namespace:s@4`
