/**
 * A sequential model: what a system that does one operation after the other would answer. linearizable.ts asks whether some order of
 * a concurrent history's operations is one in which the model answers what was seen. Models are in models/.
 */

export interface Step<State, Output> {
  /** The very same as before when nothing has changed. */
  readonly state: State
  readonly output: Output
}

export interface Model<State, Input, Output> {
  readonly name: string
  /** The state before the first operation. */
  readonly initial: State
  /** Does one operation. It must not change `state`, and must be able to do any operation in any state. */
  apply(state: State, input: Input): Step<State, Output>
  /** Whether the answer that was seen is the one the model gives. */
  accepts(expected: Output, seen: Output): boolean
  /** What is known besides the answers: whether this step can have been taken. Absent: any can. */
  permits?(before: State, after: State): boolean
  /** Whether an operation with this answer changes nothing, in any state in which it can be given: the order of such ones does not matter. */
  changesNothing(input: Input, output: Output): boolean
  /** Equal for equal states. States with equal keys count as equal, unless `equal` says otherwise. */
  key(state: State): string | number
  equal?(a: State, b: State): boolean
  /** Operations of different parts do not know each other, and are judged apart (P-compositionality). Absent: all are of one part. */
  partition?(input: Input): string
  /** For people. */
  describeState?(state: State): string
  describe(input: Input): string
  describeOutput?(output: Output): string
}
