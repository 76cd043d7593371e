/** Durations in plans: a number of milliseconds, or text as Go and Chaos Mesh write it: `250ms`, `1.5s`, `2m`, `1h30m`. */

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds; undefined for what is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !/^[-+]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined
  let total = 0
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return value.startsWith('-') ? -total : total
}

/** `250 ms`, `1.5 s`, `2 min`. */
export function formatDuration(ms: number): string {
  if (Math.abs(ms) < 1_000) return `${round(ms)} ms`
  if (Math.abs(ms) < 120_000) return `${round(ms / 1_000)} s`
  return `${round(ms / 60_000)} min`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
