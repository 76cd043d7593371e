/**
 * The rules for names, labels and keys: what is wrong with a string, in the words of k8s.io/apimachinery/pkg/util/validation
 * and pkg/api/validate/content. Every judge gives the list of complaints, empty for a good value; the caller says where
 * the value stood (field-path.ts). Addresses have a file of their own, ip.ts; metadata as a whole is object-meta.ts.
 */

/** The complaints about one string. */
export type Judge = (value: string) => string[]

/** The length of a string in UTF-8, as Go counts it. */
export function byteLength(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      length += 4
      i++
    } else length += 3
  }
  return length
}

/** `must be no more than N characters`. */
export const maxLengthError = (max: number): string => `must be no more than ${max} characters`
/** `must be no more than N bytes`: the newer words, which label keys and values use. */
export const maxBytesError = (max: number): string => `must be no more than ${max} bytes`
/** `must be between A and B, inclusive`. */
export const inclusiveRangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`
/** `must be non-empty`. */
export const emptyError = 'must be non-empty'

/** `<what> (e.g. 'a',  or 'b', regex used for validation is '<pattern>')`: upstream's commas. */
export function regexError(what: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${what} (regex used for validation is '${pattern}')`
  return `${what} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`
}

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

const dns1123LabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dns1123SubdomainFormat = `${dns1123LabelFormat}(\\.${dns1123LabelFormat})*`
const underscoreLabelFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const underscoreSubdomainFormat = `${underscoreLabelFormat}(\\.${underscoreLabelFormat})*`
const dns1035LabelFormat = '[a-z]([-a-z0-9]*[a-z0-9])?'
const wildcardFormat = `\\*\\.${dns1123SubdomainFormat}`
const labelKeyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValueFormat = `(${labelKeyFormat})?`
const cIdentifierFormat = '[A-Za-z_][A-Za-z0-9_]*'
const envVarFormat = '[-._a-zA-Z][-._a-zA-Z0-9]*'
const configMapKeyFormat = '[-._a-zA-Z0-9]+'
const percentFormat = '[0-9]+%'
const httpHeaderFormat = '[-A-Za-z0-9]+'
const httpPathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"

const dns1123Label = whole(dns1123LabelFormat)
const dns1123Subdomain = whole(dns1123SubdomainFormat)
const underscoreSubdomain = whole(underscoreSubdomainFormat)
const dns1035Label = whole(dns1035LabelFormat)
const wildcard = whole(wildcardFormat)
const labelKey = whole(labelKeyFormat)
const labelValue = whole(labelValueFormat)
const cIdentifier = whole(cIdentifierFormat)
const envVar = whole(envVarFormat)
const configMapKey = whole(configMapKeyFormat)
const percent = whole(percentFormat)
const httpHeader = whole(httpHeaderFormat)
const httpPath = whole(httpPathFormat)

const alphanumericRule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** A DNS label of RFC 1123: at most 63 characters, lower case, no dots. */
export function isDns1123Label(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxLengthError(63)] : []
  if (dns1123Label.test(value)) return errors
  if (dns1123Subdomain.test(value)) return [...errors, 'must not contain dots']
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  return [...errors, regexError(rule, dns1123LabelFormat, 'my-name', '123-abc')]
}

/** A DNS subdomain of RFC 1123: at most 253 characters, labels joined by dots. */
export function isDns1123Subdomain(value: string): string[] {
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : []
  if (dns1123Subdomain.test(value)) return errors
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  return [...errors, regexError(rule, dns1123SubdomainFormat, 'example.com')]
}

/** As isDns1123Subdomain(), with underscores (search paths of a pod's DNS configuration). */
export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : []
  if (underscoreSubdomain.test(value)) return errors
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character"
  return [...errors, regexError(rule, underscoreSubdomainFormat, 'example.com')]
}

/** `*.` and a DNS subdomain (hosts of an Ingress). */
export function isWildcardDns1123Subdomain(value: string): string[] {
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : []
  if (wildcard.test(value)) return errors
  const rule =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
  return [...errors, regexError(rule, wildcardFormat, '*.example.com')]
}

/** A DNS label of RFC 1035: as RFC 1123's, but a letter first (Services before 1.36, generated port names). */
export function isDns1035Label(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxLengthError(63)] : []
  if (dns1035Label.test(value)) return errors
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
  return [...errors, regexError(rule, dns1035LabelFormat, 'my-name', 'abc-123')]
}

/** A label key, annotation key, finalizer, condition type: `[prefix/]name`. */
export function isQualifiedName(value: string): string[] {
  const errors: string[] = []
  const parts = value.split('/')
  const complaint = regexError(alphanumericRule, labelKeyFormat, 'MyName', 'my.name', '123-abc')
  if (parts.length > 2) return [`a valid label key ${complaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  const name = parts[parts.length - 1] ?? ''
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') errors.push(`prefix part ${emptyError}`)
    else errors.push(...isPrefix(prefix))
  }
  if (name === '') errors.push(`name part ${emptyError}`)
  else if (byteLength(name) > 63) errors.push(`name part ${maxBytesError(63)}`)
  if (!labelKey.test(name)) errors.push(`name part ${complaint}`)
  return errors
}

function isPrefix(prefix: string): string[] {
  const errors = byteLength(prefix) > 253 ? [`prefix part ${maxBytesError(253)}`] : []
  return [
    ...errors,
    ...(dns1123Subdomain.test(prefix)
      ? []
      : isDns1123Subdomain(prefix)
          .slice(-1)
          .map((text) => `prefix part ${text}`)),
  ]
}

/** The value of a label: empty, or at most 63 characters. */
export function isLabelValue(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxBytesError(63)] : []
  if (labelValue.test(value)) return errors
  return [
    ...errors,
    regexError(`a valid label must be an empty string or ${alphanumericRule.slice(5)}`, labelValueFormat, 'MyValue', 'my_value', '12345'),
  ]
}

/** A name in C. */
export function isCIdentifier(value: string): string[] {
  if (cIdentifier.test(value)) return []
  const rule = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"
  return [regexError(rule, cIdentifierFormat, 'my_name', 'MY_NAME', 'MyName')]
}

function changesDirectory(value: string): string[] {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

/** A key of a ConfigMap's or Secret's data: the name of a file. */
export function isConfigMapKey(value: string): string[] {
  const errors = byteLength(value) > 253 ? [maxLengthError(253)] : []
  if (!configMapKey.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    errors.push(regexError(rule, configMapKeyFormat, 'key.name', 'KEY_NAME', 'key-name'))
  }
  return [...errors, ...changesDirectory(value)]
}

/** The name of an environment variable by the rule before 1.34. */
export function isEnvVarName(value: string): string[] {
  const rule =
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"
  const errors = envVar.test(value) ? [] : [regexError(rule, envVarFormat, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')]
  return [...errors, ...changesDirectory(value)]
}

/** The name of an environment variable: any printable ASCII but '='. */
export function isRelaxedEnvVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyError}`]
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

/** The name of a port (an IANA service name). */
export function isPortName(value: string): string[] {
  const errors = byteLength(value) > 15 ? [maxLengthError(15)] : []
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

/** The number of a port. */
export function isPortNumber(port: number): string[] {
  return isInRange(port, 1, 65535)
}

/** A number between two others. */
export function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [inclusiveRangeError(low, high)]
}

/** A user's or group's number. */
export function isUserId(id: number): string[] {
  return isInRange(id, 0, 2147483647)
}

/** `25%`. */
export function isPercent(value: string): string[] {
  const rule = "a valid percent string must be a numeric string followed by an ending '%'"
  return percent.test(value) ? [] : [regexError(rule, percentFormat, '1%', '93%')]
}

/** The name of an HTTP header. */
export function isHttpHeaderName(value: string): string[] {
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'"
  return httpHeader.test(value) ? [] : [regexError(rule, httpHeaderFormat, 'X-Header-Name')]
}

/** The path after the domain of a domain-prefixed path (`acme.io/<path>`). */
export function isHttpPath(value: string): string[] {
  return httpPath.test(value) ? [] : [regexError('Invalid path', httpPathFormat)]
}

/** A name that can stand in a URL or in the store as it is (RBAC's names). */
export function isPathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return isPathSegmentPrefix(value)
}

/** The start of such a name. */
export function isPathSegmentPrefix(value: string): string[] {
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`)
}

/** How the name of an object is judged; `prefix` when it is a generateName, to which letters will be added. */
export type NameRule = (name: string, prefix: boolean) => string[]

/** The name rules of Strategy.nameRule. */
export const nameRules: Readonly<Record<'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment', NameRule>> = {
  'dns-subdomain': (name, prefix) => isDns1123Subdomain(prefix ? maskTrailingDash(name) : name),
  'dns-label': (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
  'dns-1035-label': (name, prefix) => isDns1035Label(prefix ? maskTrailingDash(name) : name),
  'path-segment': (name, prefix) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name)),
}

/** A generateName may end in a dash. Upstream swallows the character before it as well; so do we. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}
