/** Rows where 1.36 answers otherwise than 1.26, which was recorded, with the reason. */
import type { Verdict } from './golden.js'

const differences: readonly { readonly row: RegExp; readonly reason: string }[] = []

/** Why the row differs; undefined when it should not. */
export const differenceOf = ({ row }: Verdict): string | undefined => differences.find((difference) => difference.row.test(row.id))?.reason
