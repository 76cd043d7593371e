/**
 * Objects of the Kubernetes API as clients use them: made, read, replaced and deleted, each object a part of its own. A precondition on
 * resourceVersion is given as the value that the client had read there, so every write must carry a value of its own.
 * For objects that nobody else writes, such as ConfigMaps made for the purpose.
 */
import type { Model } from '../model.js'

export type ApiObjectInput =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'create'; readonly key: string; readonly value: string }
  /** `expected`: the value of the resourceVersion sent along; absent: none was. */
  | { readonly type: 'update'; readonly key: string; readonly value: string; readonly expected?: string }
  | { readonly type: 'delete'; readonly key: string; readonly expected?: string }

/** What a get gave; how a write ended, by the Status' reason. */
export type ApiObjectOutput =
  | { readonly type: 'value'; readonly value: string }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly reason: 'NotFound' | 'AlreadyExists' | 'Conflict' }

const done: ApiObjectOutput = { type: 'done' }
const error = (reason: 'NotFound' | 'AlreadyExists' | 'Conflict'): ApiObjectOutput => ({ type: 'error', reason })

/** The state is the object's value; null: there is none. */
export const apiObjectModel: Model<string | null, ApiObjectInput, ApiObjectOutput> = {
  name: 'api-object',
  initial: null,
  apply(state, input) {
    if (input.type === 'create') return state === null ? { state: input.value, output: done } : { state, output: error('AlreadyExists') }
    if (state === null) return { state, output: error('NotFound') }
    if (input.type === 'get') return { state, output: { type: 'value', value: state } }
    if (input.expected !== undefined && input.expected !== state) return { state, output: error('Conflict') }
    return { state: input.type === 'update' ? input.value : null, output: done }
  },
  accepts(expected, seen) {
    if (expected.type === 'value') return seen.type === 'value' && seen.value === expected.value
    if (expected.type === 'error') return seen.type === 'error' && seen.reason === expected.reason
    return seen.type === 'done'
  },
  changesNothing: (_, output) => output.type !== 'done',
  key: (state) => (state === null ? 'absent' : `=${state}`),
  partition: (input) => input.key,
  describeState: (state) => (state === null ? 'the object is not there' : `the object holds "${state}"`),
  describe: (input) =>
    `${input.type} ${input.key}${'value' in input ? ` "${input.value}"` : ''}${'expected' in input ? ` if "${input.expected}"` : ''}`,
  describeOutput: (output) => (output.type === 'value' ? `"${output.value}"` : output.type === 'error' ? output.reason : 'done'),
}
