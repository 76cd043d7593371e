/** Whether two parts of objects say the same; what strategies count changes by. */

/** Plain data, order of members aside; what is undefined, null or empty counts as absent, as in Go. */
export function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b || (isNothing(a) && isNothing(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => saysTheSame(item, b[i]))
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return [...Object.keys(x), ...Object.keys(y)].every((name) => saysTheSame(x[name], y[name]))
}

/** Absent, or a list or map of nothing (apiequality.Semantic makes no difference between the two). */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
