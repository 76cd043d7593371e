/** The types of io.k8s.api.certificates.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const certificatesV1 = `io.k8s.api.certificates.v1 certificates.k8s.io/v1
CertificateSigningRequest;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:CertificateSigningRequestSpec@2= status+:CertificateSigningRequestStatus@3=
CertificateSigningRequestCondition type!+:%RequestConditionType%s@1= status!+:%v1.ConditionStatus%s@6= reason:s@2 message:s@3 lastUpdateTime+:t@4 lastTransitionTime+:t@5
CertificateSigningRequestList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CertificateSigningRequest@2
CertificateSigningRequestSpec request!+:y@1 signerName!+:s@7= expirationSeconds*:i@8 usages:[%KeyUsage%s@5~a username:s@2 uid:s@3 groups:[s@4~a extra:{%ExtraValue%&[s@6
CertificateSigningRequestStatus conditions:[CertificateSigningRequestCondition@1~m:type certificate:y@2`
