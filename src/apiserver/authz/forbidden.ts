/** The 403 of a request that is not allowed, in upstream's words (apiserver/pkg/endpoints/handlers/responsewriters). */
import { ApiError, forbidden } from '../../api/meta/status.js'
import type { Attributes, Authorizer } from './authorizer.js'

/** Throws ApiError 403 unless the authorizer allows it. */
export function authorizeOrForbid(authorizer: Authorizer, attributes: Attributes): void {
  const { allowed, reason } = authorizer.authorize(attributes)
  if (!allowed) throw forbiddenRequest(attributes, reason)
}

export function forbiddenRequest(attributes: Attributes, reason: string): ApiError {
  const text = `${forbiddenText(attributes)}${reason ? `: ${reason}` : ''}`
  const { resource } = attributes
  if (!resource) return new ApiError(403, 'Forbidden', `forbidden: ${text}`, {})
  return forbidden({ group: resource.group, resource: resource.resource }, resource.name, text)
}

function forbiddenText({ user, verb, resource, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (!resource) return `${who} path ${JSON.stringify(path ?? '')}`
  const what = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource
  const where = resource.namespace ? `in the namespace ${JSON.stringify(resource.namespace)}` : 'at the cluster scope'
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(resource.group)} ${where}`
}
