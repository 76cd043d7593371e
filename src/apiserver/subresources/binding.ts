/**
 * pods/binding: puts a pod on a node, in one write with its PodScheduled condition (registry/core/pod/storage BindingREST).
 * POST of namespaces/bindings is the same by another path.
 */
import { setCondition } from '../../api/meta/conditions.js'
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError, badRequest, conflict, type Status } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import type { Binding, Pod, PodCondition } from '../../api/types/core-v1.js'
import { type FieldError, field, invalid, notSupported, required } from '../../api/validation/field-path.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { readBody } from '../resource/body.js'
import { placeInNamespace } from '../resource/prepare.js'
import { resourceOf } from '../resource/read.js'
import { updateObject } from '../resource/update.js'
import type { World } from '../resource/world.js'
import { parseWriteOptions } from '../resource/write-options.js'
import { admitSubresource, schemaOf } from './common.js'

const gvk = { group: '', version: 'v1', kind: 'Binding' }

export async function binding(world: World, call: ApiCall, place: ResourceTarget): Promise<Answer> {
  const options = parseWriteOptions('CreateOptions', call)
  const object = readBody(call, { gvk, schema: schemaOf(world, gvk) }, world.registry, options.fieldValidation)
  placeInNamespace(object, place)
  const { metadata, target: node } = object as unknown as Binding
  const target = place.name === '' ? { ...place, name: metadata.name } : place
  if (metadata.name && metadata.name !== target.name) throw badRequest(`name in URL does not match name in Binding object`)
  await admitSubresource(world, { call, target, object, dryRun: options.dryRun })
  const errors = bindingErrors(node)
  if (errors.length > 0) throw new ApiError(500, '', errors.map(({ field: at, detail }) => `${at}: ${detail}`).join(', '))
  const now = formatTime(world.context.clock.now())
  await updateObject(world, {
    call,
    target,
    dryRun: options.dryRun,
    creates: false,
    rules: { prepare: () => {}, validate: () => [], createsWhenAbsent: false, unconditional: true },
    admitted: () => object,
    make: (old) => bound(target, old as unknown as Pod, { binding: object as unknown as Binding, now }),
  })
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return { type: 'status', status }
}

function bindingErrors({ kind, name }: Binding['target']): FieldError[] {
  const errors: FieldError[] = []
  if (kind && kind !== 'Node') errors.push(notSupported(field('target', 'kind'), kind, ['Node', '<empty>']))
  if (!name) errors.push(required(field('target', 'name')))
  else if (name.includes('/') || name.includes('%')) errors.push(invalid(field('target', 'name'), name, "may not contain '/'"))
  return errors
}

function bound(
  target: ResourceTarget,
  old: Pod,
  { binding: { metadata, target: node }, now }: { binding: Binding; now: string },
): KubeObject {
  const refuse = (why: string): ApiError => conflict({ ...resourceOf(target.kind), resource: 'pods/binding' }, target.name, why)
  if (metadata.uid && metadata.uid !== old.metadata?.uid)
    throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata?.uid}`)
  if (old.metadata?.deletionTimestamp) throw refuse(`pod ${target.name} is being deleted, cannot be assigned to a host`)
  if (old.spec?.nodeName) throw refuse(`pod ${target.name} is already assigned to node "${old.spec.nodeName}"`)
  if (old.spec?.schedulingGates?.length) throw refuse(`pod ${target.name} has non-empty .spec.schedulingGates`)
  const pod = structuredClone(old) as Pod & KubeObject
  if (pod.spec) pod.spec.nodeName = node.name
  if (metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations }
  if (metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels }
  const condition: PodCondition = { type: 'PodScheduled', status: 'True' }
  const conditions = setCondition(pod.status?.conditions, condition, now) as PodCondition[]
  pod.status = { ...pod.status, conditions }
  return pod
}
