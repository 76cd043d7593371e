/** The types of io.k8s.api.coordination.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const coordinationV1 = `io.k8s.api.coordination.v1 coordination.k8s.io/v1
Lease;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:LeaseSpec@2=
LeaseList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Lease@2
LeaseSpec holderIdentity*:s@1 leaseDurationSeconds*:i@2 acquireTime*:m@3 renewTime*:m@4 leaseTransitions*:i@5 strategy*:%CoordinatedLeaseStrategy%s@6 preferredHolder*:s@7`
