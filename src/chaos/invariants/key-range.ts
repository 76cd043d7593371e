/** Keys and ranges as the store's protocol means them: in the order of their UTF-8 bytes, which is that of code points. */

export interface KeyRange {
  readonly key: string
  readonly end?: string
}

/** Whether a key lies in a range: just `key` without `end`; to the last key with `end` '\0'; else up to `end`, excluded. */
export function isInRange(key: string, { key: low, end }: KeyRange): boolean {
  if (end === undefined) return key === low
  return compareKeys(key, low) >= 0 && (end === '\0' || compareKeys(key, end) < 0)
}

/** Negative, zero or positive, as the UTF-8 bytes of the keys are ordered. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    // Surrogates stand for code points above all that one unit can hold.
    if (left !== right) return Number(isSurrogate(left)) - Number(isSurrogate(right)) || left - right
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000
}
