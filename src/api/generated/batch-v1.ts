/** The types of io.k8s.api.batch.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const batchV1 = `io.k8s.api.batch.v1 batch/v1
CronJob;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec!+:CronJobSpec@2= status+:CronJobStatus@3=
CronJobList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[CronJob@2
CronJobSpec schedule!+:s@1= timeZone*:s@8 startingDeadlineSeconds*:l@2 concurrencyPolicy:%ConcurrencyPolicy%s@3 suspend*:b@4 jobTemplate!+:JobTemplateSpec@5= successfulJobsHistoryLimit*:i@6 failedJobsHistoryLimit*:i@7
CronJobStatus active:[core.v1/ObjectReference@1~a lastScheduleTime*:t@4 lastSuccessfulTime*:t@5
Job;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= spec+:JobSpec@2= status+:JobStatus@3=
JobCondition type!+:%JobConditionType%s@1= status!+:%v1.ConditionStatus%s@2= lastProbeTime+:t@3 lastTransitionTime+:t@4 reason:s@5 message:s@6
JobList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Job@2
JobSpec parallelism*:i@1 completions*:i@2 activeDeadlineSeconds*:l@3 podFailurePolicy*:PodFailurePolicy@11 successPolicy*:SuccessPolicy@16 backoffLimit*:i@7 backoffLimitPerIndex*:i@12 maxFailedIndexes*:i@13 selector*:meta.v1/LabelSelector@4 manualSelector*:b@5 template!+:core.v1/PodTemplateSpec@6= ttlSecondsAfterFinished*:i@8 completionMode*:%CompletionMode%s@9 suspend*:b@10 podReplacementPolicy*:%PodReplacementPolicy%s@14 managedBy*:s@15
JobStatus conditions:[JobCondition@1~a^merge:type startTime*:t@2 completionTime*:t@3 active:i@4 succeeded:i@5 failed:i@6 terminating*:i@11 completedIndexes:s@7 failedIndexes*:s@10 uncountedTerminatedPods*:UncountedTerminatedPods@8 ready*:i@9
JobTemplateSpec metadata+:meta.v1/ObjectMeta@1= spec+:JobSpec@2=
PodFailurePolicy rules!+:[PodFailurePolicyRule@1~a
PodFailurePolicyOnExitCodesRequirement containerName*:s@1 operator!+:%PodFailurePolicyOnExitCodesOperator%s@2= values!+:[i@3~s
PodFailurePolicyOnPodConditionsPattern type!+:%v1.PodConditionType%s@1= status+:%v1.ConditionStatus%s@2=
PodFailurePolicyRule action!+:%PodFailurePolicyAction%s@1= onExitCodes*:PodFailurePolicyOnExitCodesRequirement@2 onPodConditions:[PodFailurePolicyOnPodConditionsPattern@3~a
SuccessPolicy rules!+:[SuccessPolicyRule@1~a
SuccessPolicyRule succeededIndexes*:s@1 succeededCount*:i@2
UncountedTerminatedPods succeeded:[%types.UID%s@1~s failed:[%types.UID%s@2~s`
