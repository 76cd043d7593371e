/**
 * PATCH in its four forms. A patch is applied to the object as it is in the version of the request, the outcome decoded
 * as a body would be, and then it goes the way of every update; when somebody else was quicker it is applied again.
 */
import { type BodyTarget, decodeObject } from '../../api/codec/body.js'
import { JsonSyntaxError, parseJson, plain } from '../../api/codec/json-text.js'
import { parseYaml, YamlError } from '../../api/codec/yaml.js'
import type { KubeObject } from '../../api/meta/object.js'
import { badRequest } from '../../api/meta/status.js'
import { applyJsonPatch } from '../../api/patch/json-patch.js'
import { applyMergePatch } from '../../api/patch/merge-patch.js'
import { applyStrategicMerge } from '../../api/patch/strategic-merge.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { mediaTypeOf, unsupportedMediaType } from './body.js'
import type { UpdateRules } from './prepare.js'
import { checkName } from './put.js'
import { applyWrite, trackWrite } from './tracking.js'
import { updateObject } from './update.js'
import type { World } from './world.js'
import { parseWriteOptions, type WriteOptions } from './write-options.js'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** The form of a patch. Throws 415. `custom`: of a custom resource, which has no strategic merge. */
export function patchTypeOf(call: ApiCall, custom: boolean): PatchType {
  const type = patchTypes[mediaTypeOf(call.headers)]
  const accepted = Object.keys(patchTypes).filter((name) => !(custom && patchTypes[name] === 'strategic'))
  if (type === undefined || (custom && type === 'strategic')) throw unsupportedMediaType(accepted)
  return type
}

/** Makes the patched value of a document. Throws ApiError. */
export type Patcher = (document: unknown) => unknown

/** Reads the patch once. Throws 400 for what is no JSON. */
export function patcherOf(call: ApiCall, type: Exclude<PatchType, 'apply'>, schema: BodyTarget['schema']): Patcher {
  const patch = parsePatch(call.body)
  switch (type) {
    case 'json':
      return (document) => applyJsonPatch(document as never, patch as never)
    case 'merge':
      return (document) => applyMergePatch(document, patch)
    case 'strategic':
      return (document) => applyStrategicMerge(document, patch, schema)
  }
}

function parsePatch(body: Uint8Array): unknown {
  try {
    return plain(parseJson(new TextDecoder().decode(body)).value)
  } catch (error) {
    throw error instanceof JsonSyntaxError ? badRequest(`error decoding patch: ${error.message}`) : error
  }
}

/** An apply patch's configuration as a value. Throws 400. */
export function parseConfiguration(body: Uint8Array): unknown {
  try {
    return parseYaml(new TextDecoder().decode(body)).value
  } catch (error) {
    throw error instanceof YamlError ? badRequest(`error decoding YAML: ${error.message}`) : error
  }
}

export async function patch(world: World, call: ApiCall, target: ResourceTarget, rules: UpdateRules): Promise<Answer> {
  const { kind } = target
  const type = patchTypeOf(call, world.registry.schemas.findKind(kind) === undefined)
  const options = parseWriteOptions('PatchOptions', { query: call.query, headers: call.headers, apply: type === 'apply' })
  const make = type === 'apply' ? applying(world, call, target, options) : patching({ world, call, target, options, type })
  const { served, created } = await updateObject(world, {
    call,
    target,
    dryRun: options.dryRun,
    rules,
    creates: type === 'apply' && !target.subresource,
    make,
  })
  return { type: 'object', code: created ? 201 : 200, served, kind }
}

interface Patching {
  readonly world: World
  readonly call: ApiCall
  readonly target: ResourceTarget
  readonly options: WriteOptions
  readonly type: Exclude<PatchType, 'apply'>
}

function patching({ world, call, target, options, type }: Patching): (old: KubeObject | undefined) => KubeObject {
  const { kind, subresource } = target
  const patched = patcherOf(call, type, kind.schema)
  const bodyTarget = { gvk: kind, schema: kind.schema }
  return (old) => {
    if (!old) throw badRequest('a patch needs an object')
    const { object, warnings } = decodeObject(patched(old), bodyTarget, world.registry, options.fieldValidation)
    for (const text of warnings) if (!call.warnings.includes(text)) call.warnings.push(text)
    kind.strategy.applyDefaults?.(object)
    checkName(object, target)
    const { registry, context } = world
    return trackWrite(
      { registry, kind, subresource: subresource?.name ?? '', manager: options.fieldManager, now: context.clock.now() },
      object,
      old,
    )
  }
}

function applying(world: World, call: ApiCall, target: ResourceTarget, options: WriteOptions): (old: KubeObject | undefined) => KubeObject {
  const { kind, subresource } = target
  const configuration = parseConfiguration(call.body)
  return (old) => {
    const tracked = {
      registry: world.registry,
      kind,
      subresource: subresource?.name ?? '',
      manager: options.fieldManager,
      now: world.context.clock.now(),
    }
    const value = applyWrite(tracked, { configuration, old, force: options.force })
    const { object } = decodeObject(value, { gvk: kind, schema: kind.schema }, world.registry, 'Ignore')
    kind.strategy.applyDefaults?.(object)
    checkName(object, target)
    return object
  }
}
