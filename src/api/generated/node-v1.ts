/** The types of io.k8s.api.node.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const nodeV1 = `io.k8s.api.node.v1 node.k8s.io/v1
Overhead podFixed:%v1.ResourceList%{q@1
RuntimeClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= handler!+:s@2= overhead*:Overhead@3 scheduling*:Scheduling@4
RuntimeClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[RuntimeClass@2
Scheduling nodeSelector:{s@1~m:atomic tolerations:[core.v1/Toleration@2~a`
