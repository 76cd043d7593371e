/** The types of io.k8s.api.flowcontrol.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const flowcontrolV1 = `io.k8s.api.flowcontrol.v1 flowcontrol.apiserver.k8s.io/v1
ExemptPriorityLevelConfiguration nominalConcurrencyShares*:i@1 lendablePercent*:i@2
FlowDistinguisherMethod type!+:%FlowDistinguisherMethodType%s@1=
FlowSchema;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:FlowSchemaSpec@2= status+:FlowSchemaStatus@3=
FlowSchemaCondition type:%FlowSchemaConditionType%s@1 status:%ConditionStatus%s@2 lastTransitionTime+:t@3 reason:s@4 message:s@5
FlowSchemaList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[FlowSchema@2
FlowSchemaSpec priorityLevelConfiguration!+:PriorityLevelConfigurationReference@1= matchingPrecedence+:i@2= distinguisherMethod*:FlowDistinguisherMethod@3 rules:[PolicyRulesWithSubjects@4~a
FlowSchemaStatus conditions:[FlowSchemaCondition@1~m:type^merge:type
GroupSubject name!+:s@1=
LimitResponse;utype:queuing=Queuing type!+:%LimitResponseType%s@1= queuing*:QueuingConfiguration@2
LimitedPriorityLevelConfiguration nominalConcurrencyShares+*:i@1 limitResponse+:LimitResponse@2= lendablePercent*:i@3 borrowingLimitPercent*:i@4
NonResourcePolicyRule verbs!+:[s@1~s nonResourceURLs!+:[s@6~s
PolicyRulesWithSubjects subjects!+:[Subject@1~a resourceRules:[ResourcePolicyRule@2~a nonResourceRules:[NonResourcePolicyRule@3~a
PriorityLevelConfiguration;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:PriorityLevelConfigurationSpec@2= status+:PriorityLevelConfigurationStatus@3=
PriorityLevelConfigurationCondition type:%PriorityLevelConfigurationConditionType%s@1 status:%ConditionStatus%s@2 lastTransitionTime+:t@3 reason:s@4 message:s@5
PriorityLevelConfigurationList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[PriorityLevelConfiguration@2
PriorityLevelConfigurationReference name!+:s@1=
PriorityLevelConfigurationSpec;utype:exempt=Exempt,limited=Limited type!+:%PriorityLevelEnablement%s@1= limited*:LimitedPriorityLevelConfiguration@2 exempt*:ExemptPriorityLevelConfiguration@3
PriorityLevelConfigurationStatus conditions:[PriorityLevelConfigurationCondition@1~m:type^merge:type
QueuingConfiguration queues+:i@1= handSize+:i@2= queueLengthLimit+:i@3=
ResourcePolicyRule verbs!+:[s@1~s apiGroups!+:[s@2~s resources!+:[s@3~s clusterScope:b@4 namespaces+:[s@5~s
ServiceAccountSubject namespace!+:s@1= name!+:s@2=
Subject;ukind:group=Group,serviceAccount=ServiceAccount,user=User kind!+:%SubjectKind%s@1= user*:UserSubject@2 group*:GroupSubject@3 serviceAccount*:ServiceAccountSubject@4
UserSubject name!+:s@1=`
