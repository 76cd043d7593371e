/** DeleteOptions, from the body or else from the query, and what upstream says of bad ones (ValidateDeleteOptions). */

import { badRequest } from '../../api/meta/status.js'
import type { Registry } from '../../api/registry.js'
import { type FieldError, field, invalid, invalidObject, notSupported } from '../../api/validation/field-path.js'
import type { ApiCall } from '../request.js'
import { readBody } from './body.js'
import { booleanParameter, integerParameter } from './list-options.js'
import { dryRunErrors } from './write-options.js'

export type Propagation = 'Orphan' | 'Background' | 'Foreground'

export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined
  readonly preconditions: { readonly uid: string | undefined; readonly resourceVersion: string | undefined }
  readonly propagationPolicy: Propagation | undefined
  readonly orphanDependents: boolean | undefined
  readonly dryRun: boolean
}

export const noDeleteOptions: DeleteOptions = {
  gracePeriodSeconds: undefined,
  preconditions: { uid: undefined, resourceVersion: undefined },
  propagationPolicy: undefined,
  orphanDependents: undefined,
  dryRun: false,
}

const gvk = { group: 'meta.k8s.io', version: 'v1', kind: 'DeleteOptions' }

interface Raw {
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: string
  readonly orphanDependents?: boolean
  readonly dryRun?: readonly string[]
}

/** Throws 400 and 422. */
export function parseDeleteOptions(call: ApiCall, registry: Registry): DeleteOptions {
  const raw = call.body.length > 0 ? fromBody(call, registry) : fromQuery(call.query)
  return checked(raw)
}

/** As given inside an Eviction. Throws 422. */
export function checked(raw: Raw): DeleteOptions {
  const errors: FieldError[] = []
  const { propagationPolicy, orphanDependents, dryRun = [] } = raw
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    errors.push(invalid(field('propagationPolicy'), propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'))
  if (propagationPolicy !== undefined && !isPropagation(propagationPolicy))
    errors.push(notSupported(field('propagationPolicy'), propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']))
  errors.push(...dryRunErrors(dryRun))
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
  return {
    gracePeriodSeconds: raw.gracePeriodSeconds,
    preconditions: { uid: raw.preconditions?.uid, resourceVersion: raw.preconditions?.resourceVersion },
    propagationPolicy: propagationPolicy as Propagation | undefined,
    orphanDependents,
    dryRun: dryRun.some((value) => value !== ''),
  }
}

function fromBody(call: ApiCall, registry: Registry): Raw {
  const schema = registry.schemaOf(gvk) ?? registry.schemaOf({ group: '', version: 'v1', kind: 'DeleteOptions' })
  if (!schema) throw badRequest('DeleteOptions are not known')
  return readBody(call, { gvk, schema, anyGroupVersion: true }, registry, 'Ignore') as unknown as Raw
}

function fromQuery(query: URLSearchParams): Raw {
  const policy = query.get('propagationPolicy')
  const gracePeriodSeconds = integerParameter(query, 'gracePeriodSeconds')
  const orphanDependents = booleanParameter(query, 'orphanDependents')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === null || policy === '' ? {} : { propagationPolicy: policy }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    dryRun: query.getAll('dryRun'),
  }
}

function isPropagation(text: string): text is Propagation {
  return text === 'Orphan' || text === 'Background' || text === 'Foreground'
}
