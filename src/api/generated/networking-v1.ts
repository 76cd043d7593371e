/** The types of io.k8s.api.networking.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const networkingV1 = `io.k8s.api.networking.v1 networking.k8s.io/v1
HTTPIngressPath path:s@1 pathType!+*:%PathType%s@3 backend!+:IngressBackend@2=
HTTPIngressRuleValue paths!+:[HTTPIngressPath@1~a
IPAddress;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:IPAddressSpec@2=
IPAddressList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[IPAddress@2
IPAddressSpec parentRef!*:ParentReference@1
IPBlock cidr!+:s@1= except:[s@2~a
Ingress;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:IngressSpec@2= status+:IngressStatus@3=
IngressBackend service*:IngressServiceBackend@4 resource*:core.v1/TypedLocalObjectReference@3
IngressClass;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:IngressClassSpec@2=
IngressClassList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[IngressClass@2
IngressClassParametersReference apiGroup*:s@1 kind!+:s@2= name!+:s@3= scope+*:s@4 namespace*:s@5
IngressClassSpec controller:s@1 parameters*:IngressClassParametersReference@2
IngressList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Ingress@2
IngressLoadBalancerIngress ip:s@1 hostname:s@2 ports:[IngressPortStatus@4~a
IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress@1~a
IngressPortStatus port!+:i@1= protocol!+:%v1.Protocol%s@2= error*:s@3
IngressRule host:s@1 http*:HTTPIngressRuleValue@2.1
IngressServiceBackend name!+:s@1= port+:ServiceBackendPort@2=
IngressSpec ingressClassName*:s@4 defaultBackend*:IngressBackend@1 tls:[IngressTLS@2~a rules:[IngressRule@3~a
IngressStatus loadBalancer+:IngressLoadBalancerStatus@1=
IngressTLS hosts:[s@1~a secretName:s@2
NetworkPolicy;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:NetworkPolicySpec@2=
NetworkPolicyEgressRule ports:[NetworkPolicyPort@1~a to:[NetworkPolicyPeer@2~a
NetworkPolicyIngressRule ports:[NetworkPolicyPort@1~a from:[NetworkPolicyPeer@2~a
NetworkPolicyList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[NetworkPolicy@2
NetworkPolicyPeer podSelector*:meta.v1/LabelSelector@1 namespaceSelector*:meta.v1/LabelSelector@2 ipBlock*:IPBlock@3
NetworkPolicyPort protocol*:%v1.Protocol%s@1 port*:x@2 endPort*:i@3
NetworkPolicySpec podSelector+:meta.v1/LabelSelector@1= ingress:[NetworkPolicyIngressRule@2~a egress:[NetworkPolicyEgressRule@3~a policyTypes:[%PolicyType%s@4~a
ParentReference group:s@1 resource!:s@2 namespace:s@3 name!:s@4
ServiceBackendPort;a name:s@1 number:i@2
ServiceCIDR;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ServiceCIDRSpec@2= status+:ServiceCIDRStatus@3=
ServiceCIDRList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ServiceCIDR@2
ServiceCIDRSpec cidrs:[s@1~a
ServiceCIDRStatus conditions:[meta.v1/Condition@1~m:type^merge:type`
