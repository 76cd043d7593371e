/** The types of io.k8s.kube-aggregator.pkg.apis.apiregistration.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const apiregistrationV1 = `io.k8s.kube-aggregator.pkg.apis.apiregistration.v1 apiregistration.k8s.io/v1
APIService;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:APIServiceSpec@2= status+:APIServiceStatus@3=
APIServiceCondition type!+:%APIServiceConditionType%s@1= status!+:%ConditionStatus%s@2= lastTransitionTime+:t@3 reason:s@4 message:s@5
APIServiceList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[APIService@2
APIServiceSpec service*:ServiceReference@1 group:s@2 version:s@3 insecureSkipTLSVerify:b@4 caBundle:y@5~a groupPriorityMinimum!+:i@7= versionPriority!+:i@8=
APIServiceStatus conditions:[APIServiceCondition@1~m:type^merge:type
ServiceReference namespace:s@1 name:s@2 port*:i@3`
