/** The formats of strings that schemas may demand (kube-openapi's pkg/validation/strfmt); names are compared without dashes. */
import { parseCidr, parseIp } from '../ip.js'
import { isDns1123Label, isDns1123Subdomain } from '../names.js'

type Test = (text: string) => boolean
const matches =
  (pattern: RegExp): Test =>
  (text) =>
    pattern.test(text)

const uuid = (version: string, variant: string): Test =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'))
const day = /^(\d{4})-(\d{2})-(\d{2})$/
const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/

function isDay(text: string): boolean {
  const [, year, month, date] = (day.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || date === undefined) return false
  return month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['byte', matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)],
  ['bsonobjectid', matches(/^[0-9a-fA-F]{24}$/)],
  ['cidr', (text) => parseCidr(text) !== undefined],
  ['date', isDay],
  ['datetime', (text) => isDay(dateTime.exec(text)?.[1] ?? '')],
  [
    'duration',
    matches(
      /^(?:\s*[+-]?\d+(?:\.\d*)?\s*(?:ns|us|µs|μs|ms|s|m|h|nanos?|micros?|millis?|(?:nano|micro|milli)?secs?|(?:nano|micro|milli)?seconds?|mins?|minutes?|hrs?|hours?|d|days?|w|wks?|weeks?)\s*)+$/,
    ),
  ],
  ['email', matches(/^(?:[^<>]*<)?[^\s@<>]+@[^\s@<>]+>?$/)],
  ['hexcolor', matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  [
    'hostname',
    matches(/^(?=.{1,255}$)(?:[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.?$/),
  ],
  ['ipv4', (text) => !text.includes(':') && parseIp(text) !== undefined],
  ['ipv6', (text) => text.includes(':') && parseIp(text) !== undefined],
  ['k8slongname', (text) => isDns1123Subdomain(text).length === 0],
  ['k8sshortname', (text) => isDns1123Label(text).length === 0],
  [
    'mac',
    matches(
      /^(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4}(?:[0-9a-fA-F]{2}\1[0-9a-fA-F]{2}\1)?[0-9a-fA-F]{2}$|^(?:[0-9a-fA-F]{4}\.){2,3}[0-9a-fA-F]{4}$/,
    ),
  ],
  ['password', () => true],
  ['rgbcolor', matches(/^rgb\(\s*(?:\d{1,3}\s*,\s*){2}\d{1,3}\s*\)$/)],
  ['ssn', matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ['uri', matches(/^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s]+|\/[^\s]*)$/)],
  ['uuid', uuid('[0-9a-f]', '[0-9a-f]')],
  ['uuid3', uuid('3', '[0-9a-f]')],
  ['uuid4', uuid('4', '[89ab]')],
  ['uuid5', uuid('5', '[89ab]')],
])

const numberFormats: Readonly<Record<string, readonly string[]>> = { integer: ['int32', 'int64'], number: ['float', 'double'] }

/** The format as far as it counts for values of the type: others are ignored (StripUnsupportedFormatsPostProcess). */
export function knownFormat(format: string | undefined, type: string | undefined): string {
  if (!format) return ''
  if (type === undefined || type === '' || type === 'string') return tests.has(format.replaceAll('-', '')) ? format : ''
  return numberFormats[type]?.includes(format) ? format : ''
}

/** Whether the text is of the format; true for formats that are not known. */
export const hasFormat = (text: string, format: string): boolean => tests.get(format.replaceAll('-', ''))?.(text) ?? true
