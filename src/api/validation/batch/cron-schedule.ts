/** What is wrong with a cron schedule, in the words of the parser that Kubernetes uses (robfig/cron v3, standard form). */
import { durationError, parseDuration } from '../../meta/duration.js'

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** Minute, hour, day of month, month, day of week. */
const bounds: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
]
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])

/** The complaint; undefined for a good schedule. */
export function scheduleError(schedule: string): string | undefined {
  let text = schedule
  const zone = /^(?:CRON_)?TZ=(\S*)(?:\s|$)/.exec(schedule)
  if (zone) {
    if (!isTimeZone(zone[1] ?? '')) return `provided bad location ${zone[1]}: unknown time zone ${zone[1]}`
    text = schedule.slice(zone[0].length).trim()
  }
  if (text.startsWith('@')) return descriptorError(text)
  const fields = text.split(/\s+/).filter((part) => part !== '')
  if (fields.length !== bounds.length) return `expected exactly ${bounds.length} fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [i, field] of fields.entries())
    for (const range of field.split(',').filter((part) => part !== '')) {
      const error = rangeError(range, bounds[i] ?? { min: 0, max: 0, names: [] })
      if (error !== undefined) return error
    }
  return undefined
}

/** Whether there is such a time zone. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC' || name === 'Local') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}

function descriptorError(text: string): string | undefined {
  if (descriptors.has(text)) return undefined
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`
  const duration = text.slice('@every '.length)
  return parseDuration(duration) === undefined ? `failed to parse duration ${text}: ${durationError(duration)}` : undefined
}

function rangeError(expression: string, { min, max, names }: Bounds): string | undefined {
  const [range = '', step, ...slashes] = expression.split('/')
  const [low = '', high, ...hyphens] = range.split('-')
  let [start, end] = [min, max]
  if (low !== '*' && low !== '?') {
    const first = numberOf(low, names, min)
    if (typeof first === 'string') return first
    const last = high === undefined ? first : numberOf(high, names, min)
    if (hyphens.length > 0) return `too many hyphens: ${expression}`
    if (typeof last === 'string') return last
    ;[start, end] = [first, last]
  }
  let width = 1
  if (slashes.length > 0) return `too many slashes: ${expression}`
  if (step !== undefined) {
    const given = numberOf(step, [], 0)
    if (typeof given === 'string') return given
    width = given
    if (high === undefined) end = max
  }
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${expression}`
  if (end > max) return `end of range (${end}) above maximum (${max}): ${expression}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`
  return width === 0 ? `step of range should be a positive number: ${expression}` : undefined
}

/** The number of a text or name; a string says what is wrong with it. */
function numberOf(text: string, names: readonly string[], first: number): number | string {
  const name = names.indexOf(text.toLowerCase())
  if (name >= 0) return name + first
  if (!/^[+-]?\d+$/.test(text)) return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
  return Number(text) < 0 ? `negative number (${Number(text)}) not allowed: ${text}` : Number(text)
}
