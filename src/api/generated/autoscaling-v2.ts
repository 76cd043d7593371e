/** The types of io.k8s.api.autoscaling.v2. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const autoscalingV2 = `io.k8s.api.autoscaling.v2 autoscaling/v2
ContainerResourceMetricSource name!+:%v1.ResourceName%s@1= target!+:MetricTarget@2= container!+:s@3=
ContainerResourceMetricStatus name!+:%v1.ResourceName%s@1= current!+:MetricValueStatus@2= container!+:s@3=
CrossVersionObjectReference kind!+:s@1= name!+:s@2= apiVersion:s@3
ExternalMetricSource metric!+:MetricIdentifier@1= target!+:MetricTarget@2=
ExternalMetricStatus metric!+:MetricIdentifier@1= current!+:MetricValueStatus@2=
HPAScalingPolicy type!+:%HPAScalingPolicyType%s@1= value!+:i@2= periodSeconds!+:i@3=
HPAScalingRules stabilizationWindowSeconds*:i@3 selectPolicy*:%ScalingPolicySelect%s@1 policies:[HPAScalingPolicy@2~a tolerance*:q@4
HorizontalPodAutoscaler;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:HorizontalPodAutoscalerSpec@2= status+:HorizontalPodAutoscalerStatus@3=
HorizontalPodAutoscalerBehavior scaleUp*:HPAScalingRules@1 scaleDown*:HPAScalingRules@2
HorizontalPodAutoscalerCondition type!+:%HorizontalPodAutoscalerConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
HorizontalPodAutoscalerList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[HorizontalPodAutoscaler@2
HorizontalPodAutoscalerSpec scaleTargetRef!+:CrossVersionObjectReference@1= minReplicas*:i@2 maxReplicas!+:i@3= metrics:[MetricSpec@4~a behavior*:HorizontalPodAutoscalerBehavior@5
HorizontalPodAutoscalerStatus observedGeneration*:l@1 lastScaleTime*:t@2 currentReplicas:i@3 desiredReplicas!+:i@4= currentMetrics+:[MetricStatus@5~a conditions:[HorizontalPodAutoscalerCondition@6~m:type^merge:type
MetricIdentifier name!+:s@1= selector*:meta.v1/LabelSelector@2
MetricSpec type!+:%MetricSourceType%s@1= object*:ObjectMetricSource@2 pods*:PodsMetricSource@3 resource*:ResourceMetricSource@4 containerResource*:ContainerResourceMetricSource@7 external*:ExternalMetricSource@5
MetricStatus type!+:%MetricSourceType%s@1= object*:ObjectMetricStatus@2 pods*:PodsMetricStatus@3 resource*:ResourceMetricStatus@4 containerResource*:ContainerResourceMetricStatus@7 external*:ExternalMetricStatus@5
MetricTarget type!+:%MetricTargetType%s@1= value*:q@2 averageValue*:q@3 averageUtilization*:i@4
MetricValueStatus value*:q@1 averageValue*:q@2 averageUtilization*:i@3
ObjectMetricSource describedObject!+:CrossVersionObjectReference@1= target!+:MetricTarget@2= metric!+:MetricIdentifier@3=
ObjectMetricStatus metric!+:MetricIdentifier@1= current!+:MetricValueStatus@2= describedObject!+:CrossVersionObjectReference@3=
PodsMetricSource metric!+:MetricIdentifier@1= target!+:MetricTarget@2=
PodsMetricStatus metric!+:MetricIdentifier@1= current!+:MetricValueStatus@2=
ResourceMetricSource name!+:%v1.ResourceName%s@1= target!+:MetricTarget@2=
ResourceMetricStatus name!+:%v1.ResourceName%s@1= current!+:MetricValueStatus@2=`
