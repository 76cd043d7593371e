/**
 * create: POST of a collection, and PUT or apply of a name that is not there. Everything is judged before the store is
 * asked; the store then decides in one transaction whether the name is free, the namespace still there and what the
 * object takes (addresses, ports) still untaken. When only the surroundings changed the request is judged again.
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError, alreadyExists, serverTimeout } from '../../api/meta/status.js'
import type { Attributes } from '../admission/attributes.js'
import type { Answer, ApiCall, ResourceTarget, Served } from '../request.js'
import { readBody } from './body.js'
import { toStorage } from './conversion.js'
import { keyOf } from './keys.js'
import { dedupOwnerReferences, fillSystemFields, placeInNamespace, prepareForCreate, wipeSystemFields } from './prepare.js'
import { present } from './present.js'
import { resourceOf } from './read.js'
import { StoredItem } from './stored-item.js'
import { trackWrite } from './tracking.js'
import { storedText } from './wire-form.js'
import type { World } from './world.js'
import { parseWriteOptions } from './write-options.js'

/** Names that are tried for one generateName (names.go maxNameGenerationCreateAttempts). */
const generatedNamesMax = 8
/** How often a create is judged again because its surroundings changed. */
const rejudgedMax = 64

const encoder = new TextEncoder()

/** POST. */
export async function create(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const { kind } = target
  const options = parseWriteOptions('CreateOptions', call)
  const decode = (): KubeObject => {
    const object = readBody(call, { gvk: kind, schema: kind.schema }, world.registry, options.fieldValidation)
    kind.strategy.applyDefaults?.(object)
    wipeSystemFields(object)
    placeInNamespace(object, target)
    return object
  }
  let decoded: KubeObject | undefined = decode()
  const served = await createObject(world, {
    call,
    target,
    dryRun: options.dryRun,
    make: () => {
      const object = decoded ?? decode()
      decoded = undefined
      dedupOwnerReferences(object, warnTo(call))
      const { registry, context } = world
      return trackWrite({ registry, kind, subresource: '', manager: options.fieldManager, now: context.clock.now() }, object, undefined)
    },
  })
  return { type: 'object', code: 201, served, kind }
}

export interface CreateRequest {
  readonly call: ApiCall
  readonly target: ResourceTarget
  readonly dryRun: boolean
  /** The object to be created, made anew for each attempt: the attempt changes it. */
  readonly make: () => KubeObject | Promise<KubeObject>
}

/** Creates an object and gives it as it was stored. Throws ApiError. */
export async function createObject(world: World, request: CreateRequest): Promise<Served> {
  const { kind } = request.target
  let names = 0
  for (let attempt = 0; attempt < rejudgedMax; attempt++) {
    const outcome = await createOnce(world, request)
    if (outcome.type === 'created') return outcome.served
    if (outcome.type === 'again') continue
    if (!outcome.generated) throw await existing(world, request.target, outcome.name)
    if (++names >= generatedNamesMax) throw generatedNameTaken(kind, outcome.name)
  }
  throw serverTimeout(resourceOf(kind), 'create', 1)
}

type Outcome =
  | { readonly type: 'created'; readonly served: Served }
  | { readonly type: 'again' }
  | { readonly type: 'taken'; readonly name: string; readonly generated: boolean }

async function createOnce(world: World, { call, target, dryRun, make }: CreateRequest): Promise<Outcome> {
  const { kind, namespace } = target
  const object = await make()
  wipeSystemFields(object)
  const attributes: Attributes = {
    operation: 'CREATE',
    kind,
    subresource: '',
    namespace,
    name: object.metadata.name ?? '',
    object,
    old: undefined,
    user: call.user,
    dryRun,
    warn: warnTo(call),
    companions: { compare: [], operations: [] },
  }
  await world.admission.admit(attributes)
  const generated = !object.metadata.name && Boolean(object.metadata.generateName)
  fillSystemFields(object, world.context)
  const claim = world.allocation.claim(kind, object, undefined)
  try {
    prepareForCreate(kind, object, world.context, attributes.warn)
    await world.admission.validate(attributes)
    const { name } = object.metadata
    const key = keyOf(kind, namespace, name)
    const shelf = world.mirror.shelf(kind)
    if (dryRun) {
      await world.reader.fresh('', call.signal)
      return shelf.get(key) ? { type: 'taken', name, generated } : { type: 'created', served: dryItem(world, target, object, 0) }
    }
    const text = storedText(toStorage(kind, object), shelf.form.schema)
    const committed = await world.committer.commit(
      {
        resource: resourceOf(kind),
        action: 'create',
        shelf,
        key,
        expected: 0,
        value: encoder.encode(text),
        compare: [...attributes.companions.compare, ...(claim?.compare ?? [])],
        operations: [...attributes.companions.operations, ...(claim?.operations ?? [])],
      },
      call.signal,
    )
    if (committed.type === 'conflict') return { type: 'taken', name, generated }
    if (committed.type === 'refused') {
      // The mirror must know what the store knows before this is judged again.
      await world.reader.fresh('', call.signal)
      return { type: 'again' }
    }
    return { type: 'created', served: present(kind, new StoredItem({ key, namespace, name }, committed.revision, text, shelf.form)) }
  } finally {
    claim?.release()
  }
}

/** An object as it would have been stored: a dry run's answer. */
export function dryItem(world: World, { kind, namespace }: ResourceTarget, object: KubeObject, revision: number): Served {
  const { form } = world.mirror.shelf(kind)
  const { name } = object.metadata
  const item = new StoredItem(
    { key: keyOf(kind, namespace, name), namespace, name },
    revision,
    storedText(toStorage(kind, object), form.schema),
    form,
  )
  return revision === 0 ? withoutRevision(present(kind, item)) : present(kind, item)
}

function withoutRevision({ object, json }: Served): Served {
  const { resourceVersion: _none, ...metadata } = object.metadata
  return { object: { ...object, metadata }, json: () => json().replace(/"resourceVersion":"0",?/, '') }
}

/** Warnings of a call, each once. */
export function warnTo({ warnings }: ApiCall): (text: string) => void {
  return (text) => {
    if (!warnings.includes(text)) warnings.push(text)
  }
}

/** The 409 for a name that is taken; it says so when the object there is on its way out. */
async function existing(world: World, { kind, namespace }: ResourceTarget, name: string): Promise<ApiError> {
  const error = alreadyExists(resourceOf(kind), name)
  await world.reader.fresh('').catch(() => {})
  const found = world.mirror.shelf(kind).get(keyOf(kind, namespace, name))
  if (!found?.object.metadata.deletionTimestamp) return error
  return new ApiError(409, 'AlreadyExists', `object is being deleted: ${error.message}`, error.status.details)
}

function generatedNameTaken(kind: Kind, name: string): ApiError {
  const error = alreadyExists(resourceOf(kind), name)
  return new ApiError(409, 'AlreadyExists', `${error.message}, the server was not able to generate a unique name for the object`, {
    ...error.status.details,
    retryAfterSeconds: 1,
  })
}
