/**
 * Keys are ordered as their UTF-8 bytes are, which is the order of code points. JavaScript compares UTF-16 units, which
 * differs where surrogates meet U+E000..U+FFFF. Instead of comparing slowly everywhere, a key is turned once into its
 * order form, in which plain `<` is right: the two blocks of units change places (ICU calls it the code point order
 * fix-up). All keys without such units, that is nearly all, are their own order form.
 */

const moved = /[\ud800-\uffff]/
const lonely = /\p{Surrogate}/u

/** The form of a key that `<` orders as UTF-8 bytes are ordered. keyOf() is its inverse. */
export function orderOf(key: string): string {
  return moved.test(key) ? map(key, (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)) : key
}

/** The key of an order form. */
export function keyOf(order: string): string {
  return moved.test(order) ? map(order, (unit) => (unit >= 0xf800 ? unit - 0x2000 : unit >= 0xd800 ? unit + 0x800 : unit)) : order
}

/** Whether a key has a UTF-8 form at all: no half of a surrogate pair stands alone. */
export function isWellFormed(key: string): boolean {
  return !moved.test(key) || !lonely.test(key)
}

/** A range of keys in order form: from `low` (included) to `high` (excluded; undefined: to the last key). */
export interface OrderRange {
  readonly low: string
  readonly high: string | undefined
}

/** What a Range of the protocol means: without `end` one key; `end` '\0': to the last key. */
export function orderRange({ key, end }: { readonly key: string; readonly end?: string }): OrderRange {
  const low = orderOf(key)
  if (end === undefined) return { low, high: `${low}\0` }
  return { low, high: end === '\0' ? undefined : orderOf(end) }
}

/** Whether a key's order form lies in a range. */
export function inRange(order: string, { low, high }: OrderRange): boolean {
  return order >= low && (high === undefined || order < high)
}

function map(text: string, change: (unit: number) => number): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    out += unit >= 0xd800 ? String.fromCharCode(change(unit)) : text[i]
  }
  return out
}
