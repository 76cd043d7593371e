/** One register that is read, written, and compared and set; nothing is in it at first. The model of Jepsen's etcd tests. */
import type { Model } from '../model.js'

export type RegisterInput =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly value: number }
  | { readonly type: 'cas'; readonly from: number; readonly to: number }

/** What a read saw (null: nothing), or whether a cas took place; a write answers 'done'. */
export type RegisterOutput =
  | { readonly type: 'value'; readonly value: number | null }
  | { readonly type: 'swapped'; readonly swapped: boolean }
  | { readonly type: 'done' }

const done: RegisterOutput = { type: 'done' }

export const registerModel: Model<number | null, RegisterInput, RegisterOutput> = {
  name: 'register',
  initial: null,
  apply(state, input) {
    if (input.type === 'read') return { state, output: { type: 'value', value: state } }
    if (input.type === 'write') return { state: input.value, output: done }
    const swapped = state === input.from
    return { state: swapped ? input.to : state, output: { type: 'swapped', swapped } }
  },
  accepts(expected, seen) {
    if (expected.type === 'value') return seen.type === 'value' && seen.value === expected.value
    if (expected.type === 'swapped') return seen.type === 'swapped' && seen.swapped === expected.swapped
    return seen.type === 'done'
  },
  changesNothing: (input, output) => input.type === 'read' || (output.type === 'swapped' && !output.swapped),
  key: (state) => state ?? 'nothing',
  describeState: (state) => `the register holds ${state ?? 'nothing'}`,
  describe: (input) =>
    input.type === 'read' ? 'read' : input.type === 'write' ? `write ${input.value}` : `cas ${input.from} to ${input.to}`,
  describeOutput: (output) =>
    output.type === 'value' ? String(output.value ?? 'nothing') : output.type === 'swapped' ? String(output.swapped) : 'done',
}
