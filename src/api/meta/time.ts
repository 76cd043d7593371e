/** Times as the API writes them: RFC 3339 in UTC, to the second (meta/v1 Time) or to the microsecond (MicroTime). */

/** `2006-01-02T15:04:05Z` for milliseconds since the epoch; the rest of the second is dropped. */
export function formatTime(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
}

/** `2006-01-02T15:04:05.000000Z` for milliseconds since the epoch, fractions of which are the microseconds. */
export function formatMicroTime(ms: number): string {
  const micros = Math.floor(ms * 1000)
  const rest = ((micros % 1000) + 1000) % 1000
  return `${new Date((micros - rest) / 1000).toISOString().slice(0, 23)}${String(rest).padStart(3, '0')}Z`
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch, with microseconds as a fraction; undefined when the text is no RFC 3339 time. */
export function parseTime(text: string): number | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number]
  if (mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 || mi > 59 || s > 59) return undefined
  const offset = zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))
  const date = new Date(0)
  date.setUTCFullYear(y, mo - 1, d)
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6))
  return date.getTime() + ((h * 60 + mi - offset) * 60 + s) * 1000 + micros / 1000
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** What Go says of a text that is no time: `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`. */
export function timeError(text: string, precision: 'second' | 'micro' = 'second'): string {
  const layout = precision === 'second' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00'
  const at = `parsing time ${JSON.stringify(text)}`
  const steps: [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d{1,2}/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    [precision === 'second' ? /^([.,]\d+)?/ : /^[.,]\d{6}/, '.000000'],
    [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ]
  let rest = text
  for (const [step, name] of steps) {
    const match = step.exec(rest)
    if (match === null) return `${at} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}`
    rest = rest.slice(match[0].length)
  }
  if (rest !== '') return `${at}: extra text: ${JSON.stringify(rest)}`
  const [, month, day, hour, minute] = (/^\d{4}-(\d\d)-(\d\d)T(\d{1,2}):(\d\d)/.exec(text) ?? []).map(Number) as number[]
  const part =
    (month ?? 0) < 1 || (month ?? 0) > 12
      ? 'month'
      : (day ?? 0) < 1 || ((hour ?? 0) < 24 && (minute ?? 0) < 60)
        ? 'day'
        : (hour ?? 0) > 23
          ? 'hour'
          : 'minute'
  return `${at}: ${part} out of range`
}

/** The text as the API would print it back; undefined when it is no time. */
export function normalizeTime(text: string, precision: 'second' | 'micro' = 'second'): string | undefined {
  const ms = parseTime(text)
  if (ms === undefined) return undefined
  return precision === 'second' ? formatTime(ms) : formatMicroTime(ms)
}
