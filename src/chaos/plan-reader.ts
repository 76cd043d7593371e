/**
 * Reads what a user wrote, strictly: every field is asked for by name, of its type and within its bounds, and what was
 * not asked for is refused. An error says where: `steps[0].fault.kills`.
 */
import { CodedError } from '../base/errors.js'
import { parseDuration } from './duration.js'

/** Code 'InvalidPlan', details {path}. */
export function refusePlan(path: string, problem: string): never {
  throw new CodedError('InvalidPlan', `Cannot use the plan: ${path || 'it'} ${problem}`, { details: { path } })
}

export interface Bounds {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** One object of a plan. */
export class PlanReader {
  readonly path: string
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refusePlan(path, `is ${show(value)}, it must be an object`)
    this.#fields = value as Record<string, unknown>
    this.path = path
  }

  at(name: string): string {
    return this.path ? `${this.path}.${name}` : name
  }

  /** The raw value; undefined when it is not there or null. */
  take(name: string): unknown {
    this.#asked.add(name)
    return this.#fields[name] ?? undefined
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  #typed<T>(name: string, must: string, read: (value: unknown) => T | undefined, fallback: T | undefined): T {
    const value = this.take(name)
    if (value === undefined) return fallback === undefined ? refusePlan(this.at(name), 'is missing') : fallback
    const found = read(value)
    return found === undefined ? refusePlan(this.at(name), `is ${show(value)}, it must be ${must}`) : found
  }

  text(name: string, fallback?: string): string {
    return this.#typed(name, 'text', (value) => (typeof value === 'string' && value !== '' ? value : undefined), fallback)
  }

  boolean(name: string, fallback?: boolean): boolean {
    return this.#typed(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined), fallback)
  }

  number(name: string, bounds: Bounds = {}, fallback?: number): number {
    return this.#typed(
      name,
      `a number${range(bounds)}`,
      (value) => (typeof value === 'number' && Number.isFinite(value) && inside(value, bounds) ? value : undefined),
      fallback,
    )
  }

  integer(name: string, bounds: Bounds = {}, fallback?: number): number {
    return this.#typed(
      name,
      `a whole number${range(bounds)}`,
      (value) => (typeof value === 'number' && Number.isSafeInteger(value) && inside(value, bounds) ? value : undefined),
      fallback,
    )
  }

  /** Milliseconds, of a number or text such as `1.5s`. */
  duration(name: string, bounds: Bounds = {}, fallback?: number): number {
    return this.#typed(
      name,
      `a duration such as 250ms or 1.5s${range(bounds, ' ms')}`,
      (value) => {
        const ms = parseDuration(value)
        return ms !== undefined && inside(ms, bounds) ? ms : undefined
      },
      fallback,
    )
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    return this.#typed(name, `one of ${choices.join(', ')}`, (value) => choices.find((choice) => choice === String(value)), fallback)
  }

  /** A list of texts that is not empty; one text stands for a list of it. */
  texts(name: string, fallback?: readonly string[]): readonly string[] {
    return this.#typed(
      name,
      'text or a list of texts',
      (value) => {
        const list = Array.isArray(value) ? value : [value]
        return list.length > 0 && list.every((one) => typeof one === 'string' && one !== '') ? (list as string[]) : undefined
      },
      fallback,
    )
  }

  choices<T extends string>(name: string, choices: readonly T[], fallback?: readonly T[]): readonly T[] {
    const found = this.texts(name, fallback)
    for (const one of found)
      if (!choices.includes(one as T)) refusePlan(this.at(name), `has ${show(one)}, it must be of ${choices.join(', ')}`)
    return found as readonly T[]
  }

  list(name: string): readonly unknown[] {
    return this.#typed(name, 'a list', (value) => (Array.isArray(value) ? value : undefined), [])
  }

  object(name: string): PlanReader {
    const value = this.take(name)
    return value === undefined ? refusePlan(this.at(name), 'is missing') : new PlanReader(value, this.at(name))
  }

  /** Refuses what nobody asked for. */
  end(): void {
    const known = [...this.#asked]
    for (const name of Object.keys(this.#fields))
      if (!this.#asked.has(name)) refusePlan(this.at(name), `is unknown; there are ${known.sort().join(', ')}`)
  }
}

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function inside(value: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Bounds): boolean {
  return value >= min && value <= max
}

function range({ min, max }: Bounds, unit = ''): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}${unit}`
  if (min !== undefined) return ` of at least ${min}${unit}`
  return max === undefined ? '' : ` of at most ${max}${unit}`
}
