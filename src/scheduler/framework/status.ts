/**
 * What a plugin answers: a Status. Rejections are answers, not errors, and carry the reasons users read in events.
 * kube-scheduler framework/interface.go. Read next: plugin.ts.
 */

export type StatusCode =
  | 'Success'
  /** The plugin broke: the pod is tried again later and nobody is told that it does not fit. */
  | 'Error'
  /** The pod does not fit here now; removing other pods may change that. */
  | 'Unschedulable'
  /** The pod does not fit here and removing pods would not help. */
  | 'UnschedulableAndUnresolvable'
  /** Permit only: decide later. */
  | 'Wait'
  /** PreFilter and PreScore only: do not ask this plugin about this pod. Bind only: not mine. */
  | 'Skip'
  /** The pod waits for something outside of it: when that comes, it is tried without backoff. */
  | 'Pending'

export interface Status {
  readonly code: StatusCode
  /** As they are printed. */
  readonly reasons: readonly string[]
  /** Who said so; the runtime fills it in. */
  readonly plugin?: string
}

export const success: Status = { code: 'Success', reasons: [] }
export const skip: Status = { code: 'Skip', reasons: [] }

/** 'Unschedulable' for these reasons. */
export function unschedulable(...reasons: string[]): Status {
  return { code: 'Unschedulable', reasons }
}

/** 'UnschedulableAndUnresolvable' for these reasons. */
export function unresolvable(...reasons: string[]): Status {
  return { code: 'UnschedulableAndUnresolvable', reasons }
}

/** 'Error' with a message. */
export function failed(message: string): Status {
  return { code: 'Error', reasons: [message] }
}

/** Whether the status says that the pod does not fit, as opposed to that something broke. */
export function isRejected({ code }: Status): boolean {
  return code === 'Unschedulable' || code === 'UnschedulableAndUnresolvable' || code === 'Pending'
}

/** The reasons in one line. */
export function messageOfStatus({ reasons }: Status): string {
  return reasons.join(', ')
}
