/** What the subresources with bodies of their own share. */
import type { GroupVersionKind, KubeObject } from '../../api/meta/object.js'
import { ApiError } from '../../api/meta/status.js'
import type { ObjectSchema } from '../../api/schema/types.js'
import type { ApiCall, ResourceTarget } from '../request.js'
import { warnTo } from '../resource/create.js'
import type { World } from '../resource/world.js'

/** The schema of a body. Throws 404 when the API does not know it. */
export function schemaOf(world: World, gvk: GroupVersionKind): ObjectSchema {
  const schema = world.registry.schemaOf(gvk)
  if (!schema) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
  return schema
}

/** Lets admission judge a POST to a subresource. */
export async function admitSubresource(
  world: World,
  {
    call,
    target,
    object,
    dryRun,
  }: { readonly call: ApiCall; readonly target: ResourceTarget; readonly object: KubeObject; readonly dryRun: boolean },
): Promise<void> {
  const attributes = {
    operation: 'CREATE' as const,
    kind: target.kind,
    subresource: target.subresource?.name ?? '',
    namespace: target.namespace,
    name: target.name,
    object,
    old: undefined,
    user: call.user,
    dryRun,
    warn: warnTo(call),
    companions: { compare: [], operations: [] },
  }
  await world.admission.admit(attributes)
  await world.admission.validate(attributes)
}
