/** The types of io.k8s.api.authentication.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const authenticationV1 = `io.k8s.api.authentication.v1 authentication.k8s.io/v1
BoundObjectReference kind:s@1 apiVersion:s@2 name:s@3 uid:%types.UID%s@4
SelfSubjectReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= status+:SelfSubjectReviewStatus@2=
SelfSubjectReviewStatus userInfo+:UserInfo@1=
TokenRequest;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:TokenRequestSpec@2= status+:TokenRequestStatus@3=
TokenRequestSpec audiences+:[s@1~a expirationSeconds+*:l@4 boundObjectRef+*:BoundObjectReference@3
TokenRequestStatus token+:s@1= expirationTimestamp+:t@2
TokenReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:TokenReviewSpec@2= status+:TokenReviewStatus@3=
TokenReviewSpec token!:s@1 audiences:[s@2~a
TokenReviewStatus authenticated:b@1 user+:UserInfo@2= audiences:[s@4~a error:s@3
UserInfo username:s@1 uid:s@2 groups:[s@3~a extra:{%ExtraValue%&[s@4`
