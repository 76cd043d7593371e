/** The 403 of an admission plugin (apiserver/pkg/admission/errors.go NewForbidden). */
import { type ApiError, forbidden } from '../../api/meta/status.js'
import type { Attributes } from './attributes.js'

/** Names the object; one without a name yet by its generateName. */
export function forbiddenBy({ kind, name, object }: Attributes, why: string): ApiError {
  const named = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown'
  return forbidden({ group: kind.group, resource: kind.plural }, named, why)
}

/** Whether the write is about objects of this resource themselves, and not about a subresource. */
export function isAbout({ kind, subresource }: Attributes, group: string, plural: string): boolean {
  return subresource === '' && kind.group === group && kind.plural === plural
}
