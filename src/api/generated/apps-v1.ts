/** The types of io.k8s.api.apps.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const appsV1 = `io.k8s.api.apps.v1 apps/v1
ControllerRevision;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= data+:r@2 revision!+:l@3=
ControllerRevisionList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ControllerRevision@2
DaemonSet;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:DaemonSetSpec@2= status+:DaemonSetStatus@3=
DaemonSetCondition type!+:%DaemonSetConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
DaemonSetList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[DaemonSet@2
DaemonSetSpec selector!+*:meta.v1/LabelSelector@1 template!+:core.v1/PodTemplateSpec@2= updateStrategy+:DaemonSetUpdateStrategy@3= minReadySeconds:i@4 revisionHistoryLimit*:i@6
DaemonSetStatus currentNumberScheduled!+:i@1= numberMisscheduled!+:i@2= desiredNumberScheduled!+:i@3= numberReady!+:i@4= observedGeneration:l@5 updatedNumberScheduled:i@6 numberAvailable:i@7 numberUnavailable:i@8 collisionCount*:i@9 conditions:[DaemonSetCondition@10~m:type^merge:type
DaemonSetUpdateStrategy type:%DaemonSetUpdateStrategyType%s@1 rollingUpdate*:RollingUpdateDaemonSet@2
Deployment;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:DeploymentSpec@2= status+:DeploymentStatus@3=
DeploymentCondition type!+:%DeploymentConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastUpdateTime+:t@6 lastTransitionTime+:t@7 reason:s@4 message:s@5
DeploymentList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Deployment@2
DeploymentSpec replicas*:i@1 selector!+*:meta.v1/LabelSelector@2 template!+:core.v1/PodTemplateSpec@3= strategy+:DeploymentStrategy@4^retainKeys= minReadySeconds:i@5 revisionHistoryLimit*:i@6 paused:b@7 progressDeadlineSeconds*:i@9
DeploymentStatus observedGeneration:l@1 replicas:i@2 updatedReplicas:i@3 readyReplicas:i@7 availableReplicas:i@4 unavailableReplicas:i@5 terminatingReplicas*:i@9 conditions:[DeploymentCondition@6~m:type^merge:type collisionCount*:i@8
DeploymentStrategy type:%DeploymentStrategyType%s@1 rollingUpdate*:RollingUpdateDeployment@2
ReplicaSet;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ReplicaSetSpec@2= status+:ReplicaSetStatus@3=
ReplicaSetCondition type!+:%ReplicaSetConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
ReplicaSetList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ReplicaSet@2
ReplicaSetSpec replicas*:i@1 minReadySeconds:i@4 selector!+*:meta.v1/LabelSelector@2 template+:core.v1/PodTemplateSpec@3=
ReplicaSetStatus replicas!+:i@1= fullyLabeledReplicas:i@2 readyReplicas:i@4 availableReplicas:i@5 terminatingReplicas*:i@7 observedGeneration:l@3 conditions:[ReplicaSetCondition@6~m:type^merge:type
RollingUpdateDaemonSet maxUnavailable*:x@1 maxSurge*:x@2
RollingUpdateDeployment maxUnavailable*:x@1 maxSurge*:x@2
RollingUpdateStatefulSetStrategy partition*:i@1 maxUnavailable*:x@2
StatefulSet;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:StatefulSetSpec@2= status+:StatefulSetStatus@3=
StatefulSetCondition type!+:%StatefulSetConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
StatefulSetList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[StatefulSet@2
StatefulSetOrdinals start+:i@1=
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:%PersistentVolumeClaimRetentionPolicyType%s@1 whenScaled:%PersistentVolumeClaimRetentionPolicyType%s@2
StatefulSetSpec replicas*:i@1 selector!+*:meta.v1/LabelSelector@2 template!+:core.v1/PodTemplateSpec@3= volumeClaimTemplates:[core.v1/PersistentVolumeClaim@4~a serviceName+:s@5= podManagementPolicy:%PodManagementPolicyType%s@6 updateStrategy+:StatefulSetUpdateStrategy@7= revisionHistoryLimit*:i@8 minReadySeconds:i@9 persistentVolumeClaimRetentionPolicy*:StatefulSetPersistentVolumeClaimRetentionPolicy@10 ordinals*:StatefulSetOrdinals@11
StatefulSetStatus observedGeneration:l@1 replicas!+:i@2= readyReplicas:i@3 currentReplicas:i@4 updatedReplicas:i@5 currentRevision:s@6 updateRevision:s@7 collisionCount*:i@9 conditions:[StatefulSetCondition@10~m:type^merge:type availableReplicas+:i@11=
StatefulSetUpdateStrategy type:%StatefulSetUpdateStrategyType%s@1 rollingUpdate*:RollingUpdateStatefulSetStrategy@2`
