/** Probes: looks at the cluster that must find it steady. A look never throws: what goes wrong is what it found. */
import { CodedError, messageOf } from '../base/errors.js'
import { matchesActor } from '../kernel/faults.js'
import type { Check, Probe } from './plan.js'
import type { Stage } from './stage.js'

/** What a look found: undefined when all is as it should be, else what is wrong. */
export type Finding = string | undefined

export async function look(stage: Stage, { check, timeoutMs }: Pick<Probe, 'check' | 'timeoutMs'>): Promise<Finding> {
  try {
    return await within(stage, timeoutMs, perform(stage, check, timeoutMs))
  } catch (error) {
    return messageOf(error)
  }
}

function within<T>({ clock }: Stage, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new CodedError('DeadlineExceeded', `no answer within ${ms} ms`)))
    const settle =
      <A>(run: (value: A) => void) =>
      (value: A): void => {
        timer.cancel()
        run(value)
      }
    work.then(settle(resolve), settle(reject))
  })
}

async function perform(stage: Stage, check: Check, timeoutMs: number): Promise<Finding> {
  switch (check.type) {
    case 'http': {
      const status = await stage.http?.(check.url, timeoutMs)
      return status === check.status ? undefined : `${check.url} answers ${status}, not ${check.status}`
    }
    case 'command': {
      const code = await stage.command?.(check.command, timeoutMs)
      return code === check.exitCode ? undefined : `${check.command[0]} exits with ${code}, not ${check.exitCode}`
    }
    case 'actor': {
      const wrong = stage.actors().filter((actor) => matchesActor(check.actors, actor) && actor.running !== check.running)
      return wrong.length === 0 ? undefined : `${wrong.map(({ name }) => name).join(', ')} ${check.running ? 'not running' : 'running'}`
    }
    case 'object':
      return lookAtObject(stage, check, timeoutMs)
  }
}

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] }
}

async function lookAtObject({ transport }: Stage, check: Check & { type: 'object' }, timeoutMs: number): Promise<Finding> {
  const { path, exists, field, equals, condition } = check
  const { status, body } = await transport.request({ method: 'GET', path, headers: { 'user-agent': userAgent } }, { timeoutMs })
  if (!exists) return status === 404 ? undefined : `${path} answers ${status}, not 404`
  if (status !== 200) return `${path} answers ${status}`
  if (field === undefined && !condition) return undefined
  const object = JSON.parse(new TextDecoder().decode(body)) as Conditions
  if (field !== undefined) {
    const value = field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object)
    if (JSON.stringify(value) !== JSON.stringify(equals))
      return `${path} has ${field} ${JSON.stringify(value)}, not ${JSON.stringify(equals)}`
  }
  if (condition) {
    const found = object.status?.conditions?.find(({ type }) => type === condition.type)?.status
    if (found !== condition.status) return `${path} has condition ${condition.type} ${found ?? 'missing'}, not ${condition.status}`
  }
  return undefined
}

/** Probes and the writing client; a plan's faults can leave them out by it, or mean only them. */
export const userAgent = 'troupe-chaos'
