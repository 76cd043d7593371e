/** The types of io.k8s.api.scheduling.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const schedulingV1 = `io.k8s.api.scheduling.v1 scheduling.k8s.io/v1
PriorityClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= value+:i@2= globalDefault:b@3 description:s@4 preemptionPolicy*:%v1.PreemptionPolicy%s@5
PriorityClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PriorityClass@2`
