/**
 * Where a webhook is called: by URL or as a Service (apiserver's pkg/util/webhook/validation.go). Users: admission webhooks
 * and the conversion of custom resources.
 */
import type { ServiceReference, WebhookClientConfig } from '../types/admissionregistration-v1.js'
import { demanded } from './checks.js'
import { type FieldError, type FieldPath, invalid, required } from './field-path.js'
import { isDns1123Subdomain, isPortNumber } from './names.js'

const urlForm = '; desired format: https://host[/path]'

/** Exactly one of URL and Service; `configPath` is blamed when there is not one, the fields are below it. */
export function webhookClient(
  { url, service }: Partial<WebhookClientConfig>,
  configPath: FieldPath,
  missing = 'exactly one of url or service is required',
): FieldError[] {
  const [hasUrl, hasService] = [url !== undefined, service !== undefined]
  if (hasUrl === hasService) return [required(configPath, missing)]
  if (url !== undefined) return webhookUrl(url, configPath.child('url'))
  return service ? webhookService(service, configPath.child('service')) : []
}

/** ValidateWebhookURL: https, a host, and nothing beyond the path. */
export function webhookUrl(url: string, path: FieldPath): FieldError[] {
  const bad = urlError(url)
  if (bad) return [required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: ${bad}${urlForm}`)]
  const { scheme, host, user, query, fragment } = partsOf(url)
  const errors: FieldError[] = []
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${urlForm}`))
  if (!host) errors.push(invalid(path, host, `host must be specified${urlForm}`))
  if (user !== undefined) errors.push(invalid(path, user, 'user information is not permitted in the URL'))
  if (fragment) errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'))
  if (query) errors.push(invalid(path, query, 'query parameters are not permitted in the URL'))
  return errors
}

/** Why Go's net/url does not read it. */
function urlError(url: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(url)) return 'net/url: invalid control character in URL'
  if (url.startsWith(':')) return 'missing protocol scheme'
  const colon = /^[^/?#]*:/.test(url)
  if (colon && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return 'first path segment in URL cannot contain colon'
  const badEscape = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(url)
  if (badEscape) return `invalid URL escape ${JSON.stringify(badEscape[0])}`
  const port = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*)(:[^/?#]*)/.exec(url)?.[1]
  return port && !/^:\d*$/.test(port) ? `invalid port ${JSON.stringify(port)} after host` : undefined
}

interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly user: string | undefined
  readonly query: string
  readonly fragment: string
}

/** As net/url.Parse divides it; the scheme is in lower case. */
function partsOf(url: string): UrlParts {
  const [, scheme = '', user, host = '', , query = '', fragment = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? []
  return { scheme: scheme.toLowerCase(), host, user, query, fragment }
}

/**
 * ValidateWebhookService as its callers call it: name and namespace are given in the wrong order, so that each is told of
 * when the other is missing.
 */
export function webhookService({ name, namespace, path: urlPath, port }: ServiceReference, path: FieldPath): FieldError[] {
  const portErrors = isPortNumber(port ?? 0)
  return [
    ...(namespace ? [] : [required(path.child('name'), 'service name is required')]),
    ...(name ? [] : [required(path.child('namespace'), 'service namespace is required')]),
    ...(portErrors.length > 0 ? [invalid(path.child('port'), port ?? 0, `port is not valid: ${portErrors.join(',')}`)] : []),
    ...servicePath(urlPath ?? '', path.child('path')),
  ]
}

function servicePath(urlPath: string, path: FieldPath): FieldError[] {
  if (urlPath === '' || urlPath === '/') return []
  if (urlPath === '//') return [invalid(path, urlPath, 'segment[0] may not be empty')]
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/')
  return [
    ...(urlPath.startsWith('/') ? [] : [invalid(path, urlPath, "must start with a '/'")]),
    ...steps.flatMap((step, i) => {
      if (!step) return [invalid(path, urlPath, `segment[${i}] may not be empty`)]
      return isDns1123Subdomain(step).map((text) => invalid(path, urlPath, `segment[${i}]: ${text}`))
    }),
  ]
}

/** IsFullyQualifiedName: a domain of three segments at least. */
export function fullyQualifiedName(name: string | undefined, path: FieldPath): FieldError[] {
  const errors = demanded(name, path, isDns1123Subdomain)
  if (errors.length > 0 || (name ?? '').split('.').length >= 3) return errors
  return [invalid(path, name, 'should be a domain with at least three segments separated by dots')]
}
