/**
 * Kinds that are served in two versions over one store: an object is kept in its storage version and turned at the door.
 * Events (core/v1 and events.k8s.io/v1) are two names for the same fields; of HorizontalPodAutoscaler v1 knows one CPU
 * target only, the rest travels in annotations (pkg/apis/autoscaling/v1/conversion.go), see hpa-conversion.ts.
 */
import type { Kind } from '../../api/kind.js'
import { apiVersionOf, type KubeObject } from '../../api/meta/object.js'
import { scalerFromV1, scalerToV1 } from './hpa-conversion.js'

/** Turns an object that the caller owns into another version; may change it in place. */
export type Convert = (object: KubeObject) => KubeObject

const eventFields: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
]

const conversions: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['Event v1 events.k8s.io/v1', (object) => rename(object, 'events.k8s.io/v1', eventFields)],
  [
    'Event events.k8s.io/v1 v1',
    (object) =>
      rename(
        object,
        'v1',
        eventFields.map(([a, b]) => [b, a] as const),
      ),
  ],
  ['HorizontalPodAutoscaler autoscaling/v2 autoscaling/v1', scalerToV1],
  ['HorizontalPodAutoscaler autoscaling/v1 autoscaling/v2', scalerFromV1],
])

/** Between two versions of a kind; what has no conversion of its own differs in apiVersion alone. */
export function conversionOf(kind: string, from: string, to: string): Convert {
  return conversions.get(`${kind} ${from} ${to}`) ?? ((object) => Object.assign(object, { apiVersion: to }))
}

/** Whether objects of this kind are stored in the version they are served in. */
export function isStorageVersion(kind: Kind): boolean {
  return kind.group === kind.storedAs.group && kind.version === kind.storedAs.version
}

/** The object in its storage version; the caller's object is used up. */
export function toStorage(kind: Kind, object: KubeObject): KubeObject {
  if (isStorageVersion(kind)) return object
  return conversionOf(kind.kind, apiVersionOf(kind), apiVersionOf(kind.storedAs))(object)
}

/** A stored object in the version that the kind is served in; the caller's object is used up. */
export function fromStorage(kind: Kind, object: KubeObject): KubeObject {
  if (isStorageVersion(kind)) return object
  return conversionOf(kind.kind, apiVersionOf(kind.storedAs), apiVersionOf(kind))(object)
}

function rename(object: KubeObject, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const renamed = new Map(names)
  const entries = Object.entries(object).map(([name, value]) => [renamed.get(name) ?? name, value])
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject
}
