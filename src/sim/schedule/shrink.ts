/**
 * Makes what fails smaller while it still fails: delta debugging (Zeller, Hildebrandt, TSE 2002, ddmin) over any list whose
 * parts can be left out, such as a schedule's deviations or a plan's steps.
 */

export interface ShrinkOptions {
  /** At most so many trials; the smallest failing list so far is the result then. Default 200. */
  readonly trialsMax?: number
}

/**
 * The smallest list found that still fails; `items` itself is taken to fail. With enough trials no single item of it can be left
 * out.
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
  { trialsMax = 200 }: ShrinkOptions = {},
): Promise<T[]> {
  let smallest = [...items]
  let trials = 0
  const stillFails = async (some: readonly T[]): Promise<boolean> => trials++ < trialsMax && (await fails(some))
  // What needs nothing at all fails by itself.
  if (smallest.length > 0 && (await stillFails([]))) return []
  for (let parts = 2; smallest.length > 1 && trials < trialsMax; ) {
    const size = Math.ceil(smallest.length / parts)
    let smaller: T[] | undefined
    for (let at = 0; at < smallest.length && !smaller; at += size) {
      const rest = [...smallest.slice(0, at), ...smallest.slice(at + size)]
      if (await stillFails(rest)) smaller = rest
    }
    if (smaller) {
      smallest = smaller
      parts = Math.max(2, parts - 1)
    } else if (parts >= smallest.length) break
    else parts = Math.min(smallest.length, parts * 2)
  }
  return smallest
}
