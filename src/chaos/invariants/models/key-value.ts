/** Keys with texts that are put, appended to and read; every key holds the empty text at first. Each key is a part of its own. */
import type { Model } from '../model.js'

export type KeyValueInput =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'put' | 'append'; readonly key: string; readonly value: string }

/** What a get saw; null of a put and of an append. */
export type KeyValueOutput = string | null

export const keyValueModel: Model<string, KeyValueInput, KeyValueOutput> = {
  name: 'key-value',
  initial: '',
  apply(state, input) {
    if (input.type === 'get') return { state, output: state }
    return { state: input.type === 'put' ? input.value : state + input.value, output: null }
  },
  accepts: (expected, seen) => expected === seen,
  changesNothing: (input) => input.type === 'get',
  key: (state) => state,
  partition: (input) => input.key,
  describeState: (state) => `the key holds ${JSON.stringify(state)}`,
  describe: (input) => (input.type === 'get' ? `get ${input.key}` : `${input.type} ${input.key} ${JSON.stringify(input.value)}`),
  describeOutput: (output) => (output === null ? 'done' : JSON.stringify(output)),
}
