/** The types of io.k8s.api.resource.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const resourceV1 = `io.k8s.api.resource.v1 resource.k8s.io/v1
AllocatedDeviceStatus driver!+:s@1= pool!+:s@2= device!+:s@3= shareID*:s@7 conditions+:[meta.v1/Condition@4~m:type data*:r@5 networkData*:NetworkDeviceData@6
AllocationResult devices+:DeviceAllocationResult@1= nodeSelector*:core.v1/NodeSelector@3 allocationTimestamp*:t@5
CELDeviceSelector expression!+:s@1=
CapacityRequestPolicy default+*:q@1 validValues:[q@3~a validRange*:CapacityRequestPolicyRange@4
CapacityRequestPolicyRange min!*:q@1 max*:q@2 step*:q@3
CapacityRequirements requests:{q@1
Counter value!+:q@1
CounterSet name!+:s@1= counters!:{Counter@2
Device name!+:s@1= attributes:{DeviceAttribute@2 capacity:{DeviceCapacity@3 consumesCounters:[DeviceCounterConsumption@4~a nodeName*:s@5 nodeSelector*:core.v1/NodeSelector@6 allNodes*:b@7 taints:[DeviceTaint@8~a bindsToNode*:b@9 bindingConditions:[s@10~a bindingFailureConditions:[s@11~a allowMultipleAllocations*:b@12 nodeAllocatableResourceMappings:{NodeAllocatableResourceMapping@13
DeviceAllocationConfiguration source!+:%AllocationConfigSource%s@1= requests:[s@2~a opaque*:OpaqueDeviceConfiguration@3.1
DeviceAllocationResult results:[DeviceRequestAllocationResult@1~a config:[DeviceAllocationConfiguration@2~a
DeviceAttribute int*:l@2 bool*:b@3 string*:s@4 version*:s@5 ints:[l@6~a bools:[b@7~a strings:[s@8~a versions:[s@9~a
DeviceCapacity value!+:q@1 requestPolicy*:CapacityRequestPolicy@2
DeviceClaim requests+:[DeviceRequest@1~a constraints:[DeviceConstraint@2~a config:[DeviceClaimConfiguration@3~a
DeviceClaimConfiguration requests:[s@1~a opaque*:OpaqueDeviceConfiguration@2.1
DeviceClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:DeviceClassSpec@2=
DeviceClassConfiguration opaque*:OpaqueDeviceConfiguration@1.1
DeviceClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[DeviceClass@2
DeviceClassSpec selectors:[DeviceSelector@1~a config:[DeviceClassConfiguration@2~a extendedResourceName*:s@4
DeviceConstraint requests:[s@1~a matchAttribute*:%FullyQualifiedName%s@2 distinctAttribute*:%FullyQualifiedName%s@3
DeviceCounterConsumption counterSet!+:s@1= counters!:{Counter@2
DeviceRequest name!+:s@1= exactly*:ExactDeviceRequest@2 firstAvailable:[DeviceSubRequest@3~a
DeviceRequestAllocationResult request!+:s@1= driver!+:s@2= pool!+:s@3= device!+:s@4= adminAccess*:b@5 tolerations:[DeviceToleration@6~a bindingConditions:[s@7~a bindingFailureConditions:[s@8~a shareID*:%types.UID%s@9 consumedCapacity:{q@10
DeviceSelector cel*:CELDeviceSelector@1
DeviceSubRequest name!+:s@1= deviceClassName!+:s@2= selectors:[DeviceSelector@3~a allocationMode:%DeviceAllocationMode%s@4 count:l@5 tolerations:[DeviceToleration@6~a capacity*:CapacityRequirements@7
DeviceTaint key!+:s@1= value:s@2 effect!+:%DeviceTaintEffect%s@3= timeAdded*:t@4
DeviceToleration key:s@1 operator:%DeviceTolerationOperator%s@2="Equal" value:s@3 effect:%DeviceTaintEffect%s@4 tolerationSeconds*:l@5
ExactDeviceRequest deviceClassName!+:s@1= selectors:[DeviceSelector@2~a allocationMode:%DeviceAllocationMode%s@3 count:l@4 adminAccess*:b@5 tolerations:[DeviceToleration@6~a capacity*:CapacityRequirements@7
NetworkDeviceData interfaceName:s@1 ips:[s@2~a hardwareAddress:s@3
NodeAllocatableResourceMapping capacityKey*:%QualifiedName%s@1 allocationMultiplier*:q@2
OpaqueDeviceConfiguration driver!+:s@1= parameters!+:r@2
ResourceClaim;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:ResourceClaimSpec@2= status+:ResourceClaimStatus@3=
ResourceClaimConsumerReference apiGroup:s@1 resource!+:s@3= name!+:s@4= uid!+:%types.UID%s@5=
ResourceClaimList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ResourceClaim@2
ResourceClaimSpec devices+:DeviceClaim@1=
ResourceClaimStatus allocation*:AllocationResult@1 reservedFor:[ResourceClaimConsumerReference@2~m:uid^merge:uid devices:[AllocatedDeviceStatus@4~m:driver,device,pool,shareID
ResourceClaimTemplate;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:ResourceClaimTemplateSpec@2=
ResourceClaimTemplateList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ResourceClaimTemplate@2
ResourceClaimTemplateSpec metadata+:meta.v1/ObjectMeta@1= spec!+:ResourceClaimSpec@2=
ResourcePool name!+:s@1= generation!+:l@2= resourceSliceCount!+:l@3=
ResourceSlice;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:ResourceSliceSpec@2=
ResourceSliceList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ResourceSlice@2
ResourceSliceSpec driver!+:s@1= pool!+:ResourcePool@2= nodeName*:s@3 nodeSelector*:core.v1/NodeSelector@4 allNodes*:b@5 devices:[Device@6~a perDeviceNodeSelection*:b@7 sharedCounters:[CounterSet@8~a`
