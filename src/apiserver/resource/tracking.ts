/** Who manages which fields: managedFields as every write leaves them. What apply and update do is api/patch's. */
import type { Kind } from '../../api/kind.js'
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../api/meta/object.js'
import { badRequest } from '../../api/meta/status.js'
import type { ConvertVersion } from '../../api/patch/field-owners.js'
import { serverSideApply } from '../../api/patch/server-side-apply.js'
import { trackUpdate } from '../../api/patch/track-update.js'
import type { Registry } from '../../api/registry.js'
import { conversionOf } from './conversion.js'

/** Whose write it is, and to what. */
export interface Tracked {
  readonly registry: Registry
  readonly kind: Pick<Kind, 'group' | 'version' | 'kind' | 'schema' | 'strategy' | 'subresources'>
  /** '' for the resource itself. */
  readonly subresource: string
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The object with what this write changed of `old` recorded; `old` is undefined for a create. The arguments stay as they are. */
export function trackWrite(tracked: Tracked, object: KubeObject, old: KubeObject | undefined): KubeObject {
  return trackUpdate({ ...common(tracked), old, updated: object })
}

export interface Applied {
  /** What the client applies, as it came. */
  readonly configuration: unknown
  readonly old: KubeObject | undefined
  readonly force: boolean
}

/** The object that a server-side apply makes, its managedFields included, still to be defaulted. Throws ApiError 400, 409 and 500. */
export function applyWrite(tracked: Tracked, { configuration, old, force }: Applied): KubeObject {
  if (typeof configuration !== 'object' || configuration === null || Array.isArray(configuration))
    throw badRequest(
      `error decoding YAML: json: cannot unmarshal ${Array.isArray(configuration) ? 'array' : typeof configuration} into Go value of type map[string]interface {}`,
    )
  return serverSideApply({ ...common(tracked), live: old, applied: configuration as Record<string, unknown>, force }).object
}

function common({ registry, kind, subresource, manager, now }: Tracked) {
  const resetFields = resetFieldsOf(kind, subresource)
  return {
    manager,
    subresource,
    schema: kind.schema,
    apiVersion: apiVersionOf(kind),
    now,
    ...(resetFields ? { resetFields } : {}),
    convert: converter(registry, kind),
  }
}

/** Fields that this door sets back whatever is sent, so that nobody owns them through it. */
function resetFieldsOf({ strategy, subresources }: Tracked['kind'], subresource: string): readonly string[] | undefined {
  const hasStatus = subresources.some(({ name }) => name === 'status')
  if (subresource === 'status') return strategy.resetFields?.status ?? ['spec']
  return strategy.resetFields?.main ?? (hasStatus ? ['status'] : undefined)
}

/** Turns an object into the versions in which other managers have written it. */
function converter(registry: Registry, { kind }: Tracked['kind']): ConvertVersion {
  return (object, apiVersion) => {
    const schema = registry.schemaOf({ group: '', version: '', ...parseApiVersion(apiVersion), kind })
    return schema && { object: conversionOf(kind, object.apiVersion, apiVersion)(structuredClone(object)), schema }
  }
}
