/** The two forms in which the API writes time: Time (whole seconds) and MicroTime (microseconds). */

/** RFC 3339 in UTC, whole seconds, as meta/v1 Time: '2026-01-02T03:04:05Z'. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** RFC 3339 in UTC with six decimals, as meta/v1 MicroTime: '2026-01-02T03:04:05.678000Z'. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`
}

/** Milliseconds since the epoch; undefined for what is absent or not a time. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
