/**
 * The recorded answers as questions to validation alone: each create and update is decoded, completed and judged as the
 * API server does it, without a server, and the judgement is compared with the recorded one.
 */
import { decodeBody } from '../../../src/api/codec/body.js'
import type { Kind } from '../../../src/api/kind.js'
import type { KubeObject } from '../../../src/api/meta/object.js'
import { ApiError } from '../../../src/api/meta/status.js'
import { builtinRegistry } from '../../../src/api/registry.js'
import { applySchemaDefaults } from '../../../src/api/schema/defaults.js'
import { createServiceAllocation } from '../../../src/apiserver/allocation/service-allocation.js'
import type { Mirror } from '../../../src/apiserver/resource/mirror.js'
import {
  fillSystemFields,
  placeInNamespace,
  prepareForCreate,
  prepareForUpdate,
  updateRules,
} from '../../../src/apiserver/resource/prepare.js'
import { createRandom } from '../../../src/base/random.js'
import type { Context } from '../../../src/kernel/context.js'
import { referenceLines } from '../reference.js'
import { asNow } from './differences.js'

interface Status {
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string; readonly message?: string }[] }
}

export interface Row {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly status: number
  readonly response?: Status
}

/** What one row came to. */
export interface Verdict {
  readonly row: Row
  readonly kind: string
  readonly status: boolean
  readonly causes: boolean
  /** Whether the message is what 1.36 says. */
  readonly message: boolean
  /** Why the recorded message was not that, if so. */
  readonly reworded: readonly string[]
  readonly said: string
}

const registry = builtinRegistry()
const encoder = new TextEncoder()
const context = {
  clock: { now: () => Date.UTC(2026, 0, 1) },
  ids: { uid: () => '00000000-0000-4000-8000-000000000000', suffix: () => 'abcde' },
} as unknown as Context

/** Nothing is taken. */
const emptyMirror = { shelf: () => ({ range: () => [], get: () => undefined }) } as unknown as Mirror
const allocation = createServiceAllocation({
  context: { ...context, random: createRandom(1) },
  mirror: emptyMirror,
  addresses: kindOf('networking.k8s.io', 'ipaddresses'),
  ranges: kindOf('networking.k8s.io', 'servicecidrs'),
  serviceCidrs: ['10.96.0.0/16'],
  nodePorts: { first: 30000, last: 32767 },
})

function kindOf(group: string, resource: string): Kind {
  const kind = registry.findResource({ group, version: group ? 'v1' : '', resource })
  if (!kind) throw new Error(`Cannot judge: ${resource} are not served`)
  return kind
}

interface Target {
  readonly kind: Kind
  readonly namespace: string
  readonly subresource: string
}

/** The kind that a path is of; undefined for one that 1.36 does not serve. */
function targetOf(path: string): Target | undefined {
  const parts = (path.split('?')[0] ?? '').split('/').slice(1)
  const core = parts[0] === 'api'
  const [group, version] = core ? ['', parts[1] ?? ''] : [parts[1] ?? '', parts[2] ?? '']
  const rest = parts.slice(core ? 2 : 3)
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !['finalize', 'status'].includes(rest[2] ?? '')
  const [resource = '', , subresource = ''] = inNamespace ? rest.slice(2) : rest
  const kind = registry.findResource({ group, version, resource })
  return kind && { kind, namespace: inNamespace ? (rest[1] ?? '') : '', subresource }
}

function read(body: unknown, { kind, namespace }: Target, strict: boolean): KubeObject {
  const bytes = encoder.encode(JSON.stringify(body))
  const { object } = decodeBody(bytes, 'json', { gvk: kind, schema: kind.schema }, registry, strict ? 'Strict' : 'Ignore')
  object.metadata ??= { name: '' }
  applySchemaDefaults(object, kind.schema)
  kind.strategy.applyDefaults?.(object)
  placeInNamespace(object, { kind, namespace })
  return object
}

interface AdmittedSpec {
  serviceAccountName?: string
  priority?: number
  preemptionPolicy?: string
  tolerations?: { key?: string; operator?: string; effect?: string; tolerationSeconds?: number }[]
}

/** What admission did before validation where the answers were recorded, as far as validation can tell. */
function admit(object: KubeObject, old?: KubeObject): void {
  if (object.kind !== 'Pod') return
  const spec = object['spec'] as AdmittedSpec | undefined
  if (!spec) return
  if (!old) spec.serviceAccountName ||= 'default'
  const before = old?.['spec'] as AdmittedSpec | undefined
  if (before?.priority !== undefined) spec.priority ??= before.priority
  if (before?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])
    if (!spec.tolerations?.some((toleration) => toleration.key === key))
      spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
}

function judge(row: Row, target: Target, from: unknown): ApiError | undefined {
  try {
    const object = read(row.body, target, row.path.includes('fieldValidation=Strict'))
    if (row.method === 'POST') {
      admit(object)
      fillSystemFields(object, context)
      allocation.claim(target.kind, object, undefined)?.release()
      prepareForCreate(target.kind, object, context, () => {})
      return undefined
    }
    const old = read(from, target, false)
    Object.assign(old.metadata, { resourceVersion: '1', uid: uidOf(from), creationTimestamp: '2026-01-01T00:00:00Z' })
    Object.assign(object.metadata, { resourceVersion: '1' })
    admit(object, old)
    if (!target.subresource) allocation.claim(target.kind, object, old)?.release()
    prepareForUpdate(target.kind, updateRules(target.kind, target.subresource), { object, old, context, warn: () => {} })
    return undefined
  } catch (error) {
    if (error instanceof ApiError) return error
    return new ApiError(500, 'InternalError', `Cannot judge: ${error instanceof Error ? error.stack : error}`)
  }
}

/** A Job's labels tell its uid, which was taken out of the recording. */
function uidOf(from: unknown): string {
  const labels = (from as { spec?: { selector?: { matchLabels?: Record<string, string> } } }).spec?.selector?.matchLabels
  return labels?.['controller-uid'] ?? 'u'
}

/** A row of a version that is gone as one of the version that took its place. */
function asServed(row: Row): Row {
  if (!row.path.includes('/v1beta3/')) return row
  const renamed = JSON.parse(
    JSON.stringify(row).replaceAll('flowcontrol.apiserver.k8s.io/v1beta3', 'flowcontrol.apiserver.k8s.io/v1'),
  ) as Row
  return { ...renamed, id: row.id }
}

/** Compares all rows of creates and updates that were accepted or found invalid, of kinds that are served still. */
export function verdicts(): Verdict[] {
  const rows = referenceLines<Row>('golden-1.26', 'answers.ndjson')
    .filter(({ id }) => /^(create|update)\//.test(id))
    .map(asServed)
  const from = new Map(rows.filter(({ id }) => id.endsWith('/from')).map((row) => [row.path, row.response]))
  return rows
    .filter(({ method, status }) => (method === 'POST' || method === 'PUT') && [200, 201, 422].includes(status))
    .flatMap((row) => {
      const target = targetOf(row.path)
      return target ? [verdictOf(row, target, from.get(row.path.split('?')[0] ?? ''))] : []
    })
}

function verdictOf(row: Row, target: Target, from: unknown): Verdict {
  const kind = row.id
    .split('/')
    .slice(0, row.id.split('/')[1] === 'v1' ? 3 : 4)
    .join('/')
  const error = judge(row, target, from)
  const body = error?.status
  const said = error ? `${error.status.code} ${body?.message ?? ''}` : 'accepted'
  if (row.status < 300) return { row, kind, status: !error, causes: true, message: true, reworded: [], said }
  const { text, reasons } = asNow(row.response?.message ?? '')
  const sameCauses = causesOf(body) === causesOf(row.response)
  return {
    row,
    kind,
    status: error?.status.code === 422,
    causes: sameCauses || (reasons.length > 0 && levelled(body?.message) === levelled(text)),
    message: levelled(body?.message) === levelled(text),
    reworded: reasons,
    said,
  }
}

const causesOf = (status: Status | undefined): string =>
  (status?.details?.causes ?? [])
    .map(({ field, reason }) => `${field} ${reason}`)
    .sort()
    .join('|')

/**
 * A message without what cannot agree: diffs after the first line, and values that are no scalars, which Go printed in
 * its own syntax in 1.26 and prints as JSON since 1.31.
 */
export function levelled(message: string | undefined): string {
  const line = (message ?? '').split('\n')[0] ?? ''
  let text = ''
  for (let i = 0; i < line.length; ) {
    const value = /(?:value|Not found): /y
    value.lastIndex = i
    if (value.test(line)) {
      text += line.slice(i, value.lastIndex)
      i = value.lastIndex
      const end = structureEnd(line, i)
      if (end > i) text += '<value>'
      i = Math.max(end, i)
    } else text += line[i++]
  }
  return text
}

/** Where the structure that starts at `start` ends; `start` when there is none. */
function structureEnd(line: string, start: number): number {
  const head = /^(?:null|(?:[&*]?(?:\[\]|map\[\w+\])?[\w.]*(?:\[\]\w+|)\(nil\))|(?:&|\*)?(?:\[\]|map\[[\w.]+\])*[\w.]*[{[])/.exec(
    line.slice(start),
  )
  if (!head) return start
  if (!/[{[]$/.test(head[0])) return start + head[0].length
  let depth = 0
  let quoted = false
  for (let i = start + head[0].length - 1; i < line.length; i++) {
    const at = line[i] ?? ''
    if (quoted) {
      if (at === '\\') i++
      else if (at === '"') quoted = false
    } else if (at === '"') quoted = true
    else if ('{[('.includes(at)) depth++
    else if ('}])'.includes(at) && --depth === 0) return i + 1
  }
  return line.length
}
