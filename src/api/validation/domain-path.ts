/** Names under a domain: `example.com/path` (IsDomainPrefixedPath). */
import { type FieldError, type FieldPath, invalid, required } from './field-path.js'
import { isDns1123Subdomain, isHttpPath } from './names.js'

export function domainPrefixedPath(value: string, path: FieldPath): FieldError[] {
  if (value === '') return [required(path)]
  const slash = value.indexOf('/')
  if (slash < 0 || slash === 0 || slash === value.length - 1)
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const [domain, rest] = [value.slice(0, slash), value.slice(slash + 1)]
  return [
    ...isDns1123Subdomain(domain).map((text) => invalid(path, domain, text)),
    ...isHttpPath(rest).map((text) => invalid(path, rest, text)),
  ]
}
