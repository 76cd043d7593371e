/**
 * What happens to every object on its way in, after apiserver/pkg/registry/rest create.go and update.go: the fields that
 * the system owns, the name, the generation, and the judgement.
 */
import type { Kind, StrategyContext } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { dedupOwners } from '../../api/meta/owner-references.js'
import { ApiError, badRequest } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import { type FieldError, invalidObject } from '../../api/validation/field-path.js'
import { validateObjectMeta, validateObjectMetaUpdate } from '../../api/validation/object-meta.js'
import type { Context } from '../../kernel/context.js'
import type { ResourceTarget } from '../request.js'
import { sameSpec } from './equal.js'

/** A generated name is cut so that its suffix fits into a DNS label (apiserver/pkg/storage/names). */
const generatedBaseMax = 58

export function strategyContext({ clock, ids }: Context): StrategyContext {
  return { now: clock.now(), uid: () => ids.uid() }
}

/** Sets the request's namespace. Throws the 400 for an object that is meant for another one. */
export function placeInNamespace(object: KubeObject, { kind, namespace }: Pick<ResourceTarget, 'kind' | 'namespace'>): void {
  if (!kind.namespaced) {
    // A Namespace may carry its own name there; nothing cluster-scoped keeps it.
    delete object.metadata.namespace
    return
  }
  if (object.metadata.namespace && object.metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  object.metadata.namespace = namespace
}

/** Takes away what clients may not set on a create. */
export function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.uid
  delete metadata.creationTimestamp
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
}

/** Gives a new object its uid, its time and, when it has none, its name. */
export function fillSystemFields({ metadata }: KubeObject, { clock, ids }: Context): void {
  metadata.creationTimestamp = formatTime(clock.now())
  metadata.uid = ids.uid()
  if (metadata.generateName && !metadata.name) metadata.name = `${metadata.generateName.slice(0, generatedBaseMax)}${ids.suffix()}`
}

/** Removes owner references that say the same twice, with a warning. */
export function dedupOwnerReferences({ metadata }: KubeObject, warn: (text: string) => void): void {
  if (!metadata.ownerReferences || metadata.ownerReferences.length < 2) return
  const { owners, repeated } = dedupOwners(metadata.ownerReferences)
  if (repeated.length === 0) return
  metadata.ownerReferences = owners
  const uids = [...new Set(repeated.map(({ uid }) => uid))].sort().join(',')
  warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`,
  )
}

/** rest.BeforeCreate. Throws the 422. */
export function prepareForCreate(kind: Kind, object: KubeObject, context: Context, warn: (text: string) => void): void {
  const { strategy } = kind
  if (strategy.prepareForCreate) strategy.prepareForCreate(object, strategyContext(context))
  else if (hasStatus(kind) && object.status !== undefined) object.status = {}
  if (strategy.hasGeneration) object.metadata.generation = 1
  else delete object.metadata.generation
  judge(kind, object.metadata.name, [
    ...validateObjectMeta(object.metadata, { namespaced: kind.namespaced, nameRule: strategy.nameRule }),
    ...(strategy.validate?.(object) ?? []),
  ])
  for (const text of strategy.warnings?.(object) ?? []) warn(text)
  if (object.metadata.resourceVersion) throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created')
}

/** How an update of the main resource, of status or of another subresource treats the object. */
export interface UpdateRules {
  readonly prepare: (object: KubeObject, old: KubeObject, context: StrategyContext) => void
  readonly validate: (object: KubeObject, old: KubeObject) => FieldError[]
  readonly createsWhenAbsent: boolean
  readonly unconditional: boolean
}

/** The rules of the resource itself or of its status subresource. */
export function updateRules(kind: Kind, subresource: string): UpdateRules {
  const { strategy } = kind
  const unconditional = strategy.allowUnconditionalUpdate ?? true
  if (subresource === 'status')
    return {
      prepare: strategy.prepareForStatusUpdate ?? keepAllButStatus,
      validate: strategy.validateStatusUpdate ?? (() => []),
      createsWhenAbsent: false,
      unconditional,
    }
  return {
    prepare: strategy.prepareForUpdate ?? (hasStatus(kind) ? keepStatus : () => {}),
    validate: strategy.validateUpdate ?? ((object) => strategy.validate?.(object) ?? []),
    createsWhenAbsent: strategy.allowCreateOnUpdate ?? false,
    unconditional,
  }
}

/** rest.BeforeUpdate. Throws the 422. */
export function prepareForUpdate(
  kind: Kind,
  rules: UpdateRules,
  {
    object,
    old,
    context,
    warn,
  }: {
    readonly object: KubeObject
    readonly old: KubeObject
    readonly context: Context
    readonly warn: (text: string) => void
  },
): void {
  const { metadata } = object
  const before = old.metadata
  restore(metadata, before, 'generation')
  rules.prepare(object, old, strategyContext(context))
  metadata.uid ||= before.uid
  restore(metadata, before, 'creationTimestamp')
  if (before.deletionTimestamp) metadata.deletionTimestamp = before.deletionTimestamp
  if (before.deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds
  if (kind.strategy.hasGeneration && metadata.generation === before.generation && !sameSpec(object, old))
    metadata.generation = (before.generation ?? 0) + 1
  judge(kind, metadata.name, [...validateObjectMetaUpdate(metadata, before), ...rules.validate(object, old)])
  for (const text of kind.strategy.warnings?.(object) ?? []) warn(text)
}

function judge(kind: Kind, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(kind, name ?? '', errors)
}

function restore<K extends 'generation' | 'creationTimestamp'>(
  metadata: KubeObject['metadata'],
  before: KubeObject['metadata'],
  name: K,
): void {
  const value = before[name]
  if (value === undefined) delete metadata[name]
  else metadata[name] = value
}

function hasStatus(kind: Kind): boolean {
  return kind.subresources.some(({ name }) => name === 'status')
}

function keepStatus(object: KubeObject, old: KubeObject): void {
  if (old.status === undefined) delete object.status
  else object.status = structuredClone(old.status)
}

function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  for (const name of Object.keys(object)) if (name !== 'metadata' && name !== 'status' && !(name in old)) delete object[name]
  for (const [name, value] of Object.entries(old)) if (name !== 'metadata' && name !== 'status') object[name] = structuredClone(value)
}
