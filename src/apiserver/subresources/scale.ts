/**
 * scale: one view of many kinds (autoscaling/v1 Scale), read from and written to spec.replicas. Who manages replicas is
 * the same in both. registry/apps/deployment/storage/storage.go ScaleREST is the model.
 */
import { decodeObject } from '../../api/codec/body.js'
import type { Kind } from '../../api/kind.js'
import { formatLabelQuery, labelSelectorQuery, labelsQuery } from '../../api/meta/labels.js'
import { apiVersionOf, type KubeObject, type LabelSelector } from '../../api/meta/object.js'
import { ApiError, badRequest, conflict, objectWasModified } from '../../api/meta/status.js'
import { parentManagedFields, type ReplicasPaths, scaleManagedFields } from '../../api/patch/scale-fields.js'
import { field, invalid, invalidObject } from '../../api/validation/field-path.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { readBody } from '../resource/body.js'
import { parseConfiguration, patcherOf, patchTypeOf } from '../resource/patch.js'
import { updateRules } from '../resource/prepare.js'
import { present } from '../resource/present.js'
import { checkName } from '../resource/put.js'
import { resourceOf } from '../resource/read.js'
import { serve } from '../resource/stored-item.js'
import { applyWrite, trackWrite } from '../resource/tracking.js'
import { updateObject } from '../resource/update.js'
import type { World } from '../resource/world.js'
import { parseWriteOptions, type WriteOptions } from '../resource/write-options.js'

const scaleGvk = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

export async function scale(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  switch (target.verb) {
    case 'get':
      return answer(world, scaleOf(target.kind, present(target.kind, await world.reader.get(target, call.query, call.signal)).object))
    case 'update':
      return write(world, call, target, putting(world, call, target))
    case 'patch':
      return write(world, call, target, patching(world, call, target))
    default:
      throw badRequest(`${target.verb} is not a verb of scale`)
  }
}

interface ScaleWrite {
  readonly options: WriteOptions
  /** The Scale as it is to be, of the Scale as it is; with managedFields. */
  readonly make: (old: KubeObject) => KubeObject
}

async function write(world: World, call: ApiCall, target: ResourceTarget, { options, make }: ScaleWrite): Promise<Answer> {
  const { kind } = target
  const rules = updateRules(kind, '')
  const { served } = await updateObject(world, {
    call,
    target,
    dryRun: options.dryRun,
    creates: false,
    rules: { ...rules, createsWhenAbsent: false },
    admitted: (object) => scaleOf(kind, object),
    make: (old) => {
      if (!old) throw new ApiError(500, 'InternalError', 'a Scale needs an object')
      const wanted = make(scaleOf(kind, old))
      judge(target, wanted, old)
      return scaled(kind, old, wanted)
    },
  })
  return answer(world, scaleOf(kind, served.object))
}

function putting(world: World, call: ApiCall, target: ResourceTarget): ScaleWrite {
  const options = parseWriteOptions('UpdateOptions', call)
  const schema = schemaOf(world)
  const decode = () => readBody(call, { gvk: scaleGvk, schema }, world.registry, options.fieldValidation)
  checkName(decode(), target)
  return { options, make: (old) => tracked(world, options, decode(), old) }
}

function patching(world: World, call: ApiCall, target: ResourceTarget): ScaleWrite {
  const type = patchTypeOf(call, false)
  const options = parseWriteOptions('PatchOptions', { query: call.query, headers: call.headers, apply: type === 'apply' })
  const bodyTarget = { gvk: scaleGvk, schema: schemaOf(world) }
  const decode = (value: unknown): KubeObject => {
    const { object, warnings } = decodeObject(value, bodyTarget, world.registry, options.fieldValidation)
    for (const text of warnings) if (!call.warnings.includes(text)) call.warnings.push(text)
    checkName(object, target)
    return object
  }
  if (type === 'apply') {
    const configuration = parseConfiguration(call.body)
    return {
      options,
      make: (old) => decode(applyWrite({ ...trackedBy(world, options) }, { configuration, old, force: options.force })),
    }
  }
  const patched = patcherOf(call, type, bodyTarget.schema)
  return { options, make: (old) => tracked(world, options, decode(patched(old)), old) }
}

function tracked(world: World, options: WriteOptions, object: KubeObject, old: KubeObject): KubeObject {
  return trackWrite(trackedBy(world, options), object, old)
}

function trackedBy(world: World, { fieldManager }: WriteOptions) {
  const kind = { ...scaleGvk, schema: schemaOf(world), strategy: {}, subresources: [] }
  return { registry: world.registry, kind, subresource: 'scale', manager: fieldManager, now: world.context.clock.now() }
}

function judge({ kind, name }: ResourceTarget, wanted: KubeObject, old: KubeObject): void {
  const replicas = (wanted.spec as { replicas?: number } | undefined)?.replicas ?? 0
  if (replicas < 0)
    throw invalidObject(scaleGvk, name, [invalid(field('spec', 'replicas'), replicas, 'must be greater than or equal to 0')])
  const { resourceVersion } = wanted.metadata
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(resourceOf(kind), name, objectWasModified)
}

/** The object with the Scale's replicas. */
function scaled(kind: Kind, old: KubeObject, wanted: KubeObject): KubeObject {
  const object = structuredClone(old)
  const replicas = (wanted.spec as { replicas?: number } | undefined)?.replicas ?? 0
  object.spec = { ...(object.spec as object | undefined), replicas }
  const managedFields = parentManagedFields({
    parent: old.metadata.managedFields,
    scale: wanted.metadata.managedFields,
    paths: replicasPaths(kind),
    apiVersion: apiVersionOf(kind),
  })
  if (managedFields) object.metadata.managedFields = managedFields
  else delete object.metadata.managedFields
  return object
}

/** The Scale of an object. */
export function scaleOf(kind: Kind, { metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const managedFields = scaleManagedFields(metadata.managedFields, replicasPaths(kind))
  const { replicas, selector } = (spec ?? {}) as { replicas?: number; selector?: unknown }
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp, ...(managedFields ? { managedFields } : {}) },
    spec: replicas ? { replicas } : {},
    status: { replicas: (status as { replicas?: number } | undefined)?.replicas ?? 0, selector: selectorText(kind, selector) },
  }
}

function selectorText({ plural }: Kind, selector: unknown): string {
  if (plural === 'replicationcontrollers') return formatLabelQuery(labelsQuery((selector ?? {}) as Record<string, string>))
  return formatLabelQuery(labelSelectorQuery(selector as LabelSelector | undefined))
}

function replicasPaths(kind: Kind): ReplicasPaths {
  return { [apiVersionOf(kind)]: ['spec', 'replicas'] }
}

function schemaOf(world: World) {
  const schema = world.registry.schemaOf(scaleGvk)
  if (!schema) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
  return schema
}

function answer(world: World, object: KubeObject): Answer {
  return { type: 'object', code: 200, served: serve(object, schemaOf(world)) }
}
