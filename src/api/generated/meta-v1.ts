/** The types of io.k8s.apimachinery.pkg.apis.meta.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const metaV1 = `io.k8s.apimachinery.pkg.apis.meta.v1 /v1
APIGroup;k kind:s apiVersion:s name!+:s@1= versions!+:[GroupVersionForDiscovery@2~a preferredVersion+:GroupVersionForDiscovery@3= serverAddressByClientCIDRs:[ServerAddressByClientCIDR@4~a
APIGroupList;k kind:s apiVersion:s groups!+:[APIGroup@1~a
APIResource name!+:s@1= singularName!+:s@6= namespaced!+:b@2= group:s@8 version:s@9 kind!+:s@3= verbs!+:%Verbs%&[s@4 shortNames:[s@5~a categories:[s@7~a storageVersionHash:s@10
APIResourceList;k kind:s apiVersion:s groupVersion!+:s@1= resources!+:[APIResource@2~a
APIVersions;k kind:s apiVersion:s versions!+:[s@1~a serverAddressByClientCIDRs!+:[ServerAddressByClientCIDR@2~a
Condition type!+:s@1= status!+:%ConditionStatus%s@2= observedGeneration:l@3 lastTransitionTime!+:t@4 reason!+:s@5= message!+:s@6=
DeleteOptions;g kind:s apiVersion:s gracePeriodSeconds*:l@1 preconditions*:Preconditions@2 orphanDependents*:b@3 propagationPolicy*:%DeletionPropagation%s@4 dryRun:[s@5~a ignoreStoreReadErrorWithClusterBreakingPotential*:b@6
FieldSelectorRequirement key!+:s@1= operator!+:%FieldSelectorOperator%s@2= values:[s@3~a
GroupResource group!+:s@1= resource!+:s@2=
GroupVersionForDiscovery groupVersion!+:s@1= version!+:s@2=
LabelSelector;a matchLabels:{s@1 matchExpressions:[LabelSelectorRequirement@2~a
LabelSelectorRequirement key!+:s@1= operator!+:%LabelSelectorOperator%s@2= values:[s@3~a
ListMeta selfLink:s@1 resourceVersion:s@2 continue:s@3 remainingItemCount*:l@4 shardInfo*:ShardInfo@5
ManagedFieldsEntry manager:s@1 operation:%ManagedFieldsOperationType%s@2 apiVersion:s@3 time*:t@4 fieldsType:s@6 fieldsV1*:v@7 subresource:s@8
ObjectMeta name:s@1 generateName:s@2 namespace:s@3 selfLink:s@4 uid:%types.UID%s@5 resourceVersion:s@6 generation:l@7 creationTimestamp:t@8 deletionTimestamp*:t@9 deletionGracePeriodSeconds*:l@10 labels:{s@11 annotations:{s@12 ownerReferences:[OwnerReference@13~m:uid^merge:uid finalizers:[s@14~s^merge managedFields:[ManagedFieldsEntry@17~a
OwnerReference;a apiVersion!+:s@5= kind!+:s@1= name!+:s@3= uid!+:%types.UID%s@4= controller*:b@6 blockOwnerDeletion*:b@7
Preconditions uid*:%types.UID%s@1 resourceVersion*:s@2
ServerAddressByClientCIDR clientCIDR!+:s@1= serverAddress!+:s@2=
ShardInfo selector!+:s@1=
Status;k kind:s apiVersion:s metadata+:ListMeta@1= status:s@2 message:s@3 reason:%StatusReason%s@4 details*:StatusDetails@5 code:i@6
StatusCause reason:%CauseType%s@1 message:s@2 field:s@3
StatusDetails name:s@1 group:s@2 kind:s@3 uid:%types.UID%s@6 causes:[StatusCause@4~a retryAfterSeconds:i@5
WatchEvent;g type!+:s@1= object!+:r@2`
