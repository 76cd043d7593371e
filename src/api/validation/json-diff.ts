/**
 * What changed between two values, as a unified diff of their JSON: the tail of errors that forbid a change
 * (k8s.io/apimachinery/pkg/util/diff). Fields are named as in the API.
 */
const contextLines = 3

/** The diff; '' when the texts are equal. Times and memory are proportional to the product of the changed parts. */
export function jsonDiff(old: unknown, now: unknown): string {
  const a = linesOf(old)
  const b = linesOf(now)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  if (start === a.length && start === b.length) return ''
  let tail = 0
  while (tail < a.length - start && tail < b.length - start && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const from = Math.max(0, start - contextLines)
  const [endA, endB] = [a.length - tail, b.length - tail]
  const after = a.slice(endA, endA + contextLines)
  const range = (end: number): string => `${from + 1},${end + after.length - from}`
  return [
    `@@ -${range(endA)} +${range(endB)} @@`,
    ...a.slice(from, start).map((line) => ` ${line}`),
    ...changes(a.slice(start, endA), b.slice(start, endB)),
    ...after.map((line) => ` ${line}`),
    '',
  ].join('\n')
}

const linesOf = (value: unknown): string[] => (JSON.stringify(sorted(value), null, 1) ?? 'null').split('\n')

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}

/** The changed lines by their longest common subsequence; beyond a bound all old lines, then all new ones. */
function changes(a: readonly string[], b: readonly string[]): string[] {
  if (a.length * b.length > 1_000_000) return [...a.map((line) => `-${line}`), ...b.map((line) => `+${line}`)]
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(` ${a[i]}`)
      i++
      j++
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`-${a[i++]}`)
    else lines.push(`+${b[j++]}`)
  }
  return lines
}
