/** Event, in both its forms: pkg/registry/core/event/strategy.go. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { eventRow, newEventRow } from '../../printers/cluster.js'
import type { Event, ObjectReference } from '../../types/core-v1.js'
import type { Event as NewEvent } from '../../types/events-v1.js'
import { validateEvent, validateNewEvent, validateNewEventUpdate } from '../../validation/core/event.js'

type Read = (object: KubeObject) => string

/** The fields of the object that an event is about, as selectors name them. */
function referenceFields(prefix: string, referenceOf: (object: KubeObject) => ObjectReference | undefined): Record<string, Read> {
  const names = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const
  return Object.fromEntries(names.map((name) => [`${prefix}.${name}`, (object: KubeObject) => referenceOf(object)?.[name] ?? '']))
}

export const eventStrategy: Strategy = {
  validate: validateEvent,
  // Old clients name Events after objects whose names are longer.
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  selectableFields: {
    ...referenceFields('involvedObject', (object) => (object as unknown as Event).involvedObject),
    reason: (object) => (object as unknown as Event).reason ?? '',
    reportingComponent: (object) => (object as unknown as Event).reportingComponent ?? '',
    source: (object) => (object as unknown as Event).source?.component || ((object as unknown as Event).reportingComponent ?? ''),
    type: (object) => (object as unknown as Event).type ?? '',
  },
  ...printed('Event', eventRow),
}

export const newEventStrategy: Strategy = {
  validate: validateNewEvent,
  validateUpdate: validateNewEventUpdate,
  allowCreateOnUpdate: true,
  selectableFields: {
    ...referenceFields('regarding', (object) => (object as unknown as NewEvent).regarding),
    reason: (object) => (object as unknown as NewEvent).reason ?? '',
    reportingController: (object) => (object as unknown as NewEvent).reportingController ?? '',
    type: (object) => (object as unknown as NewEvent).type ?? '',
  },
  ...printed('Event', newEventRow),
}
