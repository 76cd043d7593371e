/** The types of io.k8s.api.discovery.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const discoveryV1 = `io.k8s.api.discovery.v1 discovery.k8s.io/v1
Endpoint addresses!+:[s@1~s conditions+:EndpointConditions@2= hostname*:s@3 targetRef*:core.v1/ObjectReference@4 deprecatedTopology:{s@5 nodeName*:s@6 zone*:s@7 hints*:EndpointHints@8
EndpointConditions ready*:b@1 serving*:b@2 terminating*:b@3
EndpointHints forZones:[ForZone@1~a forNodes:[ForNode@2~a
EndpointPort;a name*:s@1 protocol*:%v1.Protocol%s@2 port*:i@3 appProtocol*:s@4
EndpointSlice;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= addressType!+:%AddressType%s@4= endpoints+:[Endpoint@2~a ports+:[EndpointPort@3~a
EndpointSliceList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[EndpointSlice@2
ForNode name!+:s@1=
ForZone name!+:s@1=`
