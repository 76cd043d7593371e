/** The types of io.k8s.api.admissionregistration.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const admissionregistrationV1 = `io.k8s.api.admissionregistration.v1 admissionregistration.k8s.io/v1
ApplyConfiguration expression:s@1
AuditAnnotation key!+:s@1= valueExpression!+:s@2=
ExpressionWarning fieldRef!+:s@2= warning!+:s@3=
JSONPatch expression:s@1
MatchCondition name!+:s@1= expression!+:s@2=
MatchResources;a namespaceSelector*:meta.v1/LabelSelector@1 objectSelector*:meta.v1/LabelSelector@2 resourceRules:[NamedRuleWithOperations@3~a excludeResourceRules:[NamedRuleWithOperations@4~a matchPolicy*:%MatchPolicyType%s@7
MutatingAdmissionPolicy;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:MutatingAdmissionPolicySpec@2=
MutatingAdmissionPolicyBinding;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:MutatingAdmissionPolicyBindingSpec@2=
MutatingAdmissionPolicyBindingList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[MutatingAdmissionPolicyBinding@2
MutatingAdmissionPolicyBindingSpec policyName:s@1 paramRef*:ParamRef@2 matchResources*:MatchResources@3
MutatingAdmissionPolicyList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[MutatingAdmissionPolicy@2
MutatingAdmissionPolicySpec paramKind*:ParamKind@1 matchConstraints*:MatchResources@2 variables:[Variable@3~a mutations:[Mutation@4~a failurePolicy*:%FailurePolicyType%s@5 matchConditions:[MatchCondition@6~m:name^merge:name reinvocationPolicy:%ReinvocationPolicyType%s@7
MutatingWebhook name!+:s@1= clientConfig!+:WebhookClientConfig@2= rules:[RuleWithOperations@3~a failurePolicy*:%FailurePolicyType%s@4 matchPolicy*:%MatchPolicyType%s@9 namespaceSelector*:meta.v1/LabelSelector@5 objectSelector*:meta.v1/LabelSelector@11 sideEffects!+*:%SideEffectClass%s@6 timeoutSeconds*:i@7 admissionReviewVersions!+:[s@8~a reinvocationPolicy*:%ReinvocationPolicyType%s@10 matchConditions:[MatchCondition@12~m:name^merge:name
MutatingWebhookConfiguration;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= webhooks:[MutatingWebhook@2~m:name^merge:name
MutatingWebhookConfigurationList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[MutatingWebhookConfiguration@2
Mutation patchType!+:%PatchType%s@2= applyConfiguration*:ApplyConfiguration@3 jsonPatch*:JSONPatch@4
NamedRuleWithOperations;a resourceNames:[s@1~a operations:[%OperationType%s@2.1~a apiGroups:[s@2.2.1~a apiVersions:[s@2.2.2~a resources:[s@2.2.3~a scope*:%ScopeType%s@2.2.4
ParamKind;a apiVersion:s@1 kind:s@2
ParamRef;a name:s@1 namespace:s@2 selector*:meta.v1/LabelSelector@3 parameterNotFoundAction*:%ParameterNotFoundActionType%s@4
RuleWithOperations operations:[%OperationType%s@1~a apiGroups:[s@2.1~a apiVersions:[s@2.2~a resources:[s@2.3~a scope*:%ScopeType%s@2.4
ServiceReference namespace!+:s@1= name!+:s@2= path*:s@3 port*:i@4
TypeChecking expressionWarnings:[ExpressionWarning@1~a
ValidatingAdmissionPolicy;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:ValidatingAdmissionPolicySpec@2= status+:ValidatingAdmissionPolicyStatus@3=
ValidatingAdmissionPolicyBinding;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:ValidatingAdmissionPolicyBindingSpec@2=
ValidatingAdmissionPolicyBindingList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ValidatingAdmissionPolicyBinding@2
ValidatingAdmissionPolicyBindingSpec policyName!:s@1 paramRef*:ParamRef@2 matchResources*:MatchResources@3 validationActions!:[%ValidationAction%s@4~s
ValidatingAdmissionPolicyList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ValidatingAdmissionPolicy@2
ValidatingAdmissionPolicySpec paramKind*:ParamKind@1 matchConstraints*:MatchResources@2 validations:[Validation@3~a failurePolicy*:%FailurePolicyType%s@4 auditAnnotations:[AuditAnnotation@5~a matchConditions:[MatchCondition@6~m:name^merge:name variables:[Variable@7~m:name^merge:name
ValidatingAdmissionPolicyStatus observedGeneration:l@1 typeChecking*:TypeChecking@2 conditions:[meta.v1/Condition@3~m:type
ValidatingWebhook name!+:s@1= clientConfig!+:WebhookClientConfig@2= rules:[RuleWithOperations@3~a failurePolicy*:%FailurePolicyType%s@4 matchPolicy*:%MatchPolicyType%s@9 namespaceSelector*:meta.v1/LabelSelector@5 objectSelector*:meta.v1/LabelSelector@10 sideEffects!+*:%SideEffectClass%s@6 timeoutSeconds*:i@7 admissionReviewVersions!+:[s@8~a matchConditions:[MatchCondition@11~m:name^merge:name
ValidatingWebhookConfiguration;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= webhooks:[ValidatingWebhook@2~m:name^merge:name
ValidatingWebhookConfigurationList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[ValidatingWebhookConfiguration@2
Validation expression!+:s@1= message:s@2 reason*:%v1.StatusReason%s@3 messageExpression:s@4
Variable;a name!+:s@1= expression!+:s@2=
WebhookClientConfig url*:s@3 service*:ServiceReference@1 caBundle:y@2`
