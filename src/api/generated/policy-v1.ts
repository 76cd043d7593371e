/** The types of io.k8s.api.policy.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const policyV1 = `io.k8s.api.policy.v1 policy/v1
Eviction;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= deleteOptions*:meta.v1/DeleteOptions@2
PodDisruptionBudget;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:PodDisruptionBudgetSpec@2= status+:PodDisruptionBudgetStatus@3=
PodDisruptionBudgetList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PodDisruptionBudget@2
PodDisruptionBudgetSpec minAvailable*:x@1 selector*:meta.v1/LabelSelector@2^replace maxUnavailable*:x@3 unhealthyPodEvictionPolicy*:%UnhealthyPodEvictionPolicyType%s@4
PodDisruptionBudgetStatus observedGeneration:l@1 disruptedPods:{t@2 disruptionsAllowed+:i@3= currentHealthy+:i@4= desiredHealthy+:i@5= expectedPods+:i@6= conditions:[meta.v1/Condition@7~m:type^merge:type`
