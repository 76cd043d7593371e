/** What the schema lets pass and upstream's conversion to its internal types refuses, so that clients see it as a decoding error. */
import type { GroupVersionKind } from '../meta/object.js'

/** Go's text, or undefined. The deprecated template generation of a DaemonSet is a number in an annotation (apps/v1 conversion.go). */
export function conversionError({ group, kind }: GroupVersionKind, object: Readonly<Record<string, unknown>>): string | undefined {
  if (group !== 'apps' || kind !== 'DaemonSet') return undefined
  const annotations = (object['metadata'] as { annotations?: Readonly<Record<string, string>> } | undefined)?.annotations
  const generation = annotations?.['deprecated.daemonset.template.generation']
  if (generation === undefined || generation === '') return undefined
  if (!/^[+-]?\d+$/.test(generation)) return `strconv.ParseInt: parsing ${JSON.stringify(generation)}: invalid syntax`
  const fits = BigInt.asIntN(64, BigInt(generation)) === BigInt(generation)
  return fits ? undefined : `strconv.ParseInt: parsing ${JSON.stringify(generation)}: value out of range`
}
