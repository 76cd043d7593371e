/** The types of io.k8s.api.authorization.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const authorizationV1 = `io.k8s.api.authorization.v1 authorization.k8s.io/v1
FieldSelectorAttributes rawSelector:s@1 requirements:[meta.v1/FieldSelectorRequirement@2~a
LabelSelectorAttributes rawSelector:s@1 requirements:[meta.v1/LabelSelectorRequirement@2~a
LocalSubjectAccessReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:SubjectAccessReviewSpec@2= status+:SubjectAccessReviewStatus@3=
NonResourceAttributes path:s@1 verb:s@2
NonResourceRule verbs!+:[s@1~a nonResourceURLs:[s@2~a
ResourceAttributes namespace:s@1 verb:s@2 group:s@3 version:s@4 resource:s@5 subresource:s@6 name:s@7 fieldSelector*:FieldSelectorAttributes@8 labelSelector*:LabelSelectorAttributes@9
ResourceRule verbs!+:[s@1~a apiGroups:[s@2~a resources:[s@3~a resourceNames:[s@4~a
SelfSubjectAccessReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:SelfSubjectAccessReviewSpec@2= status+:SubjectAccessReviewStatus@3=
SelfSubjectAccessReviewSpec resourceAttributes*:ResourceAttributes@1 nonResourceAttributes*:NonResourceAttributes@2
SelfSubjectRulesReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:SelfSubjectRulesReviewSpec@2= status+:SubjectRulesReviewStatus@3=
SelfSubjectRulesReviewSpec namespace:s@1
SubjectAccessReview;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:SubjectAccessReviewSpec@2= status+:SubjectAccessReviewStatus@3=
SubjectAccessReviewSpec resourceAttributes*:ResourceAttributes@1 nonResourceAttributes*:NonResourceAttributes@2 user:s@3 groups:[s@4~a extra:{%ExtraValue%&[s@5 uid:s@6
SubjectAccessReviewStatus allowed!+:b@1= denied:b@4 reason:s@2 evaluationError:s@3
SubjectRulesReviewStatus resourceRules!+:[ResourceRule@1~a nonResourceRules!+:[NonResourceRule@2~a incomplete!+:b@3= evaluationError:s@4`
