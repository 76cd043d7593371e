/** The types of io.k8s.api.autoscaling.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const autoscalingV1 = `io.k8s.api.autoscaling.v1 autoscaling/v1
CrossVersionObjectReference;a kind!+:s@1= name!+:s@2= apiVersion:s@3
HorizontalPodAutoscaler;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:HorizontalPodAutoscalerSpec@2= status+:HorizontalPodAutoscalerStatus@3=
HorizontalPodAutoscalerList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[HorizontalPodAutoscaler@2
HorizontalPodAutoscalerSpec scaleTargetRef!+:CrossVersionObjectReference@1= minReplicas*:i@2 maxReplicas!+:i@3= targetCPUUtilizationPercentage*:i@4
HorizontalPodAutoscalerStatus observedGeneration*:l@1 lastScaleTime*:t@2 currentReplicas!+:i@3= desiredReplicas!+:i@4= currentCPUUtilizationPercentage*:i@5
Scale;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ScaleSpec@2= status+:ScaleStatus@3=
ScaleSpec replicas:i@1=
ScaleStatus replicas!+:i@1= selector:s@2`
