/** The types of io.k8s.api.events.v1. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const eventsV1 = `io.k8s.api.events.v1 events.k8s.io/v1
Event;k kind:s apiVersion:s metadata+:meta.v1/ObjectMeta@1= eventTime!+:m@2 series*:EventSeries@3 reportingController:s@4 reportingInstance:s@5 action:s@6 reason:s@7 regarding+:core.v1/ObjectReference@8= related*:core.v1/ObjectReference@9 note:s@10 type:s@11 deprecatedSource+:core.v1/EventSource@12= deprecatedFirstTimestamp+:t@13 deprecatedLastTimestamp+:t@14 deprecatedCount:i@15
EventList;k kind:s apiVersion:s metadata+:meta.v1/ListMeta@1= items!+:[Event@2
EventSeries count!+:i@1= lastObservedTime!+:m@2`
