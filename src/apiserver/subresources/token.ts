/**
 * serviceaccounts/token: a TokenRequest is answered with a token that the front half signs, bound to the account and to
 * the pod, secret or node it names (registry/core/serviceaccount/storage/token.go).
 */
import type { KubeObject } from '../../api/meta/object.js'
import { badRequest, conflict, notFound } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import type { TokenRequest } from '../../api/types/authentication-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { type FieldError, field, invalid, invalidObject } from '../../api/validation/field-path.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { readBody } from '../resource/body.js'
import type { TokenClaims } from '../resource/options.js'
import { present } from '../resource/present.js'
import { serve } from '../resource/stored-item.js'
import type { World } from '../resource/world.js'
import { parseWriteOptions } from '../resource/write-options.js'
import { admitSubresource, schemaOf } from './common.js'

const gvk = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
const expirationSecondsDefault = 3600
const expirationSecondsMin = 600
const expirationSecondsMax = 2 ** 32

export async function token(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const { signToken } = world
  if (!signToken) throw notFound({ group: '', resource: 'serviceaccounts/token' }, target.name)
  const options = parseWriteOptions('CreateOptions', call)
  const schema = schemaOf(world, gvk)
  const object = readBody(call, { gvk, schema }, world.registry, options.fieldValidation)
  const { metadata } = object
  if (metadata.name && metadata.name !== target.name) throw badRequest(`name in URL does not match name in TokenRequest object`)
  if (metadata.namespace && metadata.namespace !== target.namespace)
    throw badRequest('namespace in URL does not match namespace in TokenRequest object')
  const spec: TokenSpec = {
    ...(object as unknown as TokenRequest).spec,
    audiences: (object as unknown as TokenRequest).spec?.audiences ?? [],
  }
  spec.expirationSeconds ??= expirationSecondsDefault
  object.spec = spec
  const account = present(target.kind, await world.reader.get(target, new URLSearchParams(), call.signal)).object
  await admitSubresource(world, { call, target, object, dryRun: options.dryRun })
  const errors = errorsOf(spec)
  if (errors.length > 0) throw invalidObject({ group: gvk.group, kind: gvk.kind }, '', errors)
  const { token: text, expirationMs } = await signToken(claimsOf(world, target, account, spec))
  const now = world.context.clock.now()
  const answer: KubeObject = {
    ...object,
    metadata: { name: target.name, namespace: target.namespace, uid: account.metadata.uid, creationTimestamp: formatTime(now) },
    status: { token: text, expirationTimestamp: formatTime(expirationMs) },
  }
  return { type: 'object', code: 201, served: serve(answer, schema) }
}

type TokenSpec = NonNullable<TokenRequest['spec']>

function errorsOf({ expirationSeconds: seconds = 0 }: TokenSpec): FieldError[] {
  const at = field('spec', 'expirationSeconds')
  if (seconds < expirationSecondsMin) return [invalid(at, seconds, 'may not specify a duration less than 10 minutes')]
  return seconds > expirationSecondsMax ? [invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds')] : []
}

function claimsOf(world: World, { namespace }: ResourceTarget, account: KubeObject, spec: TokenSpec): TokenClaims {
  const { name, uid = '' } = account.metadata
  const claims = {
    namespace,
    serviceAccount: { name, uid },
    audiences: spec.audiences ?? [],
    expirationSeconds: spec.expirationSeconds ?? expirationSecondsDefault,
  }
  const reference = spec.boundObjectRef
  if (!reference) return claims
  const { kind = '', name: boundName = '' } = reference
  const resource = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind]
  if (!resource) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to kind ${JSON.stringify(kind)}`)
  const bound = world.lookup.get({ group: '', resource }, kind === 'Node' ? '' : namespace, boundName)
  if (!bound) throw notFound({ group: '', resource }, boundName)
  const boundUid = bound.metadata.uid ?? ''
  if (reference.uid && reference.uid !== boundUid)
    throw conflict(
      { group: '', resource },
      boundName,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (kind !== 'Pod') return { ...claims, boundObject: { kind, name: boundName, uid: boundUid } }
  const { serviceAccountName = '', nodeName } = (bound as unknown as Pod).spec ?? {}
  if (serviceAccountName !== name)
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`)
  const node = nodeName ? world.lookup.get({ group: '', resource: 'nodes' }, '', nodeName) : undefined
  return {
    ...claims,
    boundObject: { kind, name: boundName, uid: boundUid },
    ...(nodeName ? { node: { name: nodeName, uid: node?.metadata.uid ?? '' } } : {}),
  }
}
