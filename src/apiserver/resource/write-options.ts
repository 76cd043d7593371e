/** The query of a write: CreateOptions, UpdateOptions and PatchOptions of meta.k8s.io/v1, and what upstream says of bad ones. */
import { type FieldError, field, forbiddenField, invalidObject, notSupported, required } from '../../api/validation/field-path.js'
import { validateFieldManager } from '../../api/validation/object-meta.js'
import { booleanParameter } from './list-options.js'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  readonly dryRun: boolean
  /** As given, or the User-Agent up to its first slash. */
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  /** Of an apply patch. */
  readonly force: boolean
}

const fieldValidations = ['Ignore', 'Strict', 'Warn']

/** Throws the 422 that names CreateOptions, UpdateOptions or PatchOptions. `apply`: the patch is a server-side apply. */
export function parseWriteOptions(
  type: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  {
    query,
    headers,
    apply,
  }: { readonly query: URLSearchParams; readonly headers: Readonly<Record<string, string>>; readonly apply?: boolean },
): WriteOptions {
  const errors: FieldError[] = []
  const manager = query.get('fieldManager') ?? ''
  const force = booleanParameter(query, 'force')
  const validation = query.get('fieldValidation') ?? ''
  if (type === 'PatchOptions') {
    if (!apply && force !== undefined) errors.push(forbiddenField(field('force'), 'may not be specified for non-apply patch'))
    if (apply && manager === '') errors.push(required(field('fieldManager'), 'is required for apply patch'))
  }
  errors.push(...validateFieldManager(manager, field('fieldManager')), ...dryRunErrors(query.getAll('dryRun')))
  if (validation !== '' && !fieldValidations.includes(validation))
    errors.push(notSupported(field('fieldValidation'), validation, ['', ...fieldValidations]))
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind: type }, '', errors)
  return {
    dryRun: query.has('dryRun') && query.getAll('dryRun').some((value) => value !== ''),
    fieldManager: manager !== '' ? manager : managerOfAgent(headers['user-agent'] ?? ''),
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    force: force ?? false,
  }
}

/** What is wrong with the values of dryRun. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.some((value) => value !== 'All' && value !== '') ? [notSupported(field('dryRun'), values, ['All'])] : []
}

/** The manager of a client that names none: its User-Agent up to the first slash, printable characters only (managerOrUserAgent). */
function managerOfAgent(agent: string): string {
  const name = agent.split('/')[0] ?? ''
  return (
    [...name]
      .filter((character) => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character))
      .join('')
      .slice(0, 128) || 'unknown'
  )
}
