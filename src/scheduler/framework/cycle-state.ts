/**
 * What plugins remember between the extension points of one cycle, by typed key. Preemption tries nodes on clones: a
 * key whose value changes after PreFilter says how to clone it.
 */

export interface StateKey<T> {
  readonly name: string
  /** Absent: the value is never changed and clones share it. */
  readonly clone?: (value: T) => T
}

export class CycleState {
  readonly #values = new Map<object, { readonly value: unknown; clone(): unknown }>()
  /** Plugins whose PreFilter said Skip: no Filter, AddPod or RemovePod for this pod. */
  readonly skippedFilters: Set<string>
  /** Plugins whose PreScore said Skip. */
  readonly skippedScores: Set<string>

  constructor(skippedFilters = new Set<string>(), skippedScores = new Set<string>()) {
    this.skippedFilters = skippedFilters
    this.skippedScores = skippedScores
  }

  write<T>(key: StateKey<T>, value: T): void {
    this.#values.set(key, { value, clone: () => (key.clone ? key.clone(value) : value) })
  }

  read<T>(key: StateKey<T>): T | undefined {
    return this.#values.get(key)?.value as T | undefined
  }

  clone(): CycleState {
    const copy = new CycleState(new Set(this.skippedFilters), new Set(this.skippedScores))
    for (const [key, held] of this.#values) copy.write(key as StateKey<unknown>, held.clone())
    return copy
  }
}
