/**
 * What can be said of a kind of fault, as data: its layer, the stages that can do it, whether the system promises to
 * bear it, and its parameters with their units. Plans are checked against it, `troupe chaos list-faults` and
 * docs/reference/faults.md show it. The kinds themselves are in faults/, one file a layer; catalogue.ts has them all.
 */
import type { FaultLayer, FaultSpec } from '../kernel/faults.js'

export type StageName = 'threads' | 'sim'

/**
 * safe: nothing acknowledged is lost and the cluster converges when it is over. minority: that holds while fewer than
 * half of the store's replicas have it. unsafe: outside what the system promises; a plan with it may lose.
 */
export type Within = 'safe' | 'minority' | 'unsafe'

export interface Parameter {
  /** `actors`: globs of actors' names or roles. `requests`: a selector of API requests. `pick`: how many of those meant. */
  readonly type: 'actors' | 'requests' | 'pick' | 'duration' | 'integer' | 'number' | 'probability' | 'choice' | 'choices' | 'text'
  readonly about: string
  /** Absent: it may be left out. */
  readonly required?: boolean
  readonly default?: unknown
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
}

export interface FaultKind {
  readonly layer: FaultLayer
  readonly about: string
  readonly stages: readonly StageName[]
  readonly within: Within
  /** Whether it lasts until it is healed; else it happens once. */
  readonly lasts: boolean
  readonly parameters: Readonly<Record<string, Parameter>>
}

/** How many of the actors that are meant: all, one drawn by chance, so many drawn by chance, or the store's leader. */
export type Pick = 'all' | 'one' | 'leader' | number

/** An actor as a stage knows it. */
export interface StageActor {
  readonly name: string
  readonly role: string
  readonly running: boolean
}

/** What one actor is to be told. */
export interface Order {
  readonly actor: string
  readonly spec: FaultSpec
}

export const both: readonly StageName[] = ['threads', 'sim']

export const actorsParameter: Parameter = { type: 'actors', about: "actors' names or roles, `*` is any text", required: true }
export const pickParameter: Parameter = { type: 'pick', about: 'which of them: all, one, leader, or a number', default: 'all' }
export const probabilityParameter: Parameter = { type: 'probability', about: 'of each that is meant', default: 1, min: 0, max: 1 }
