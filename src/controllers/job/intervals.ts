/** Sets of completion indexes, written as in Job status: '1,3-5,7' (pkg/controller/job/indexed_job_utils.go). */

/** The indexes of `text` below `completions`; what is malformed is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const found = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    for (let index = Number(first); index <= Math.min(Number(last), completions - 1); index++) found.add(index)
  }
  return found
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const parts: string[] = []
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] ?? 0
    let last = first
    while (sorted[at + 1] === last + 1) last = sorted[++at] ?? last
    at++
    // Two neighbours are written one by one, as upstream does.
    parts.push(last === first ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`)
  }
  return parts.join(',')
}
