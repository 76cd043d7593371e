/** The back half's Handler: which verb of which subresource is whose. */

import { methodNotAllowed } from '../../api/meta/status.js'
import { unreachable } from '../../base/assert.js'
import type { Answer, ApiCall, Handler, ResourceTarget } from '../request.js'
import { binding } from '../subresources/binding.js'
import { subresourceHandlers } from '../subresources/catalog.js'
import { create } from './create.js'
import { remove } from './delete.js'
import { deleteCollection } from './delete-collection.js'
import { patch } from './patch.js'
import { updateRules } from './prepare.js'
import { present } from './present.js'
import { put } from './put.js'
import { resourceOf } from './read.js'
import { watch } from './watch.js'
import type { World } from './world.js'

export function createHandler(world: World): Handler {
  return async (call) => {
    const { target } = call
    if (target.type !== 'resource') throw methodNotAllowed({ group: '', resource: '' }, call.method)
    await world.mirror.filled
    if (target.kind.plural === 'bindings' && target.kind.group === '') return onBinding(world, call, target)
    return target.subresource && target.subresource.name !== 'status' ? onSubresource(world, call, target) : onResource(world, call, target)
  }
}

/** POST of bindings: the pod is named in the body. */
function onBinding(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const pods = world.registry.findKind({ group: '', version: 'v1', kind: 'Pod' })
  if (!pods || target.verb !== 'create') throw methodNotAllowed(resourceOf(target.kind), target.verb)
  return binding(world, call, { ...target, kind: pods, name: '' })
}

async function onResource(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const { kind, verb, subresource } = target
  switch (verb) {
    case 'get':
      return { type: 'object', code: 200, served: present(kind, await world.reader.get(target, call.query, call.signal)), kind }
    case 'list':
      return world.reader.list(target, call.query, call.signal)
    case 'watch':
      return watch(world, target, call.query, call.signal)
    case 'create':
      return create(world, call, target)
    case 'update':
      return put(world, call, target, updateRules(kind, subresource?.name ?? ''))
    case 'patch':
      return patch(world, call, target, updateRules(kind, subresource?.name ?? ''))
    case 'delete':
      return remove(world, call, target)
    case 'deletecollection':
      return deleteCollection(world, call, target)
    case 'connect':
      throw methodNotAllowed(resourceOf(kind), verb)
    default:
      return unreachable(verb)
  }
}

async function onSubresource(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const name = target.subresource?.name ?? ''
  const handle = subresourceHandlers[name]
  if (!handle) throw methodNotAllowed(resourceOf(target.kind), call.method)
  return handle(world, call, target)
}
