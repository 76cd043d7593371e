/** PUT of an object or of one of its subresources that carry the whole object (status, approval, finalize, ...). */
import type { KubeObject } from '../../api/meta/object.js'
import { badRequest } from '../../api/meta/status.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { readBody } from './body.js'
import { placeInNamespace, type UpdateRules } from './prepare.js'
import { trackWrite } from './tracking.js'
import { updateObject } from './update.js'
import type { World } from './world.js'
import { parseWriteOptions } from './write-options.js'

export async function put(world: World, call: ApiCall, target: ResourceTarget, rules: UpdateRules): Promise<Answer> {
  const { kind, subresource } = target
  const options = parseWriteOptions('UpdateOptions', call)
  const decode = (): KubeObject => {
    const object = readBody(call, { gvk: kind, schema: kind.schema }, world.registry, options.fieldValidation)
    kind.strategy.applyDefaults?.(object)
    checkName(object, target)
    placeInNamespace(object, target)
    return object
  }
  let decoded: KubeObject | undefined = decode()
  const { served, created } = await updateObject(world, {
    call,
    target,
    dryRun: options.dryRun,
    rules,
    creates: rules.createsWhenAbsent,
    make: (old) => {
      const object = decoded ?? decode()
      decoded = undefined
      const { registry, context } = world
      return trackWrite(
        { registry, kind, subresource: subresource?.name ?? '', manager: options.fieldManager, now: context.clock.now() },
        object,
        old,
      )
    },
  })
  return { type: 'object', code: created ? 201 : 200, served, kind }
}

/** Throws the 400 for an object whose name is not the URL's. */
export function checkName({ metadata }: KubeObject, { name }: ResourceTarget): void {
  if (!metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}
