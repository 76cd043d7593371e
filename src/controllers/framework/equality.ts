/**
 * Semantic equality of API values: absent, null, empty list and empty map are the same, and the order of keys does not
 * count (apimachinery equality.Semantic.DeepEqual, as far as JSON shows a difference).
 */

/** JSON with sorted keys and without what is empty; equal texts mean equal values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? ''
}

export function semanticallyEqual(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b)
}

function canonical(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one) => canonical(one) ?? null)
  if (typeof value !== 'object') return value
  const entries = Object.entries(value)
    .map(([key, one]) => [key, canonical(one)] as const)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
