/** The charts of a report, as inline SVG: all share one time axis, so that a fault's band stands above what it did. */
import { formatDuration } from './duration.js'
import type { ChaosResult } from './result.js'
import type { WorkloadResult, Write } from './workload.js'

/** A stretch of time on the timeline. */
export interface Band {
  readonly kind: 'fault' | 'down' | 'probe'
  readonly row: string
  readonly fromMs: number
  readonly toMs: number
  readonly title: string
}

const width = 960
const left = 170
const right = 12
const plotWidth = width - left - right

/** One row a step, one an actor that died, one a probe that failed. */
export function bandsOf({ events, recoveries, lengthMs }: ChaosResult): Band[] {
  const bands: Band[] = []
  for (const event of events) {
    if (event.type === 'injected') {
      const healed = events.find((other) => other.type === 'healed' && other.id === event.id)
      const hits = healed?.type === 'healed' ? `, acted ${healed.hits} times` : ''
      bands.push({
        kind: 'fault',
        row: event.step,
        fromMs: event.atMs,
        toMs: healed?.atMs ?? lengthMs,
        title: `${event.fault.type} on ${event.actors.join(', ')}${hits}`,
      })
    }
    if (event.type === 'probe' && !event.ok)
      bands.push({ kind: 'probe', row: event.probe, fromMs: event.atMs, toMs: event.atMs, title: event.found ?? 'failed' })
  }
  for (const { actor, atMs, ms, reason } of recoveries)
    bands.push({ kind: 'down', row: actor, fromMs: atMs, toMs: ms === undefined ? lengthMs : atMs + ms, title: `${actor} down: ${reason}` })
  return bands
}

export function timelineChart(bands: readonly Band[], lengthMs: number): string {
  const rows = (['fault', 'down', 'probe'] as const).flatMap((kind) =>
    [...new Set(bands.filter((band) => band.kind === kind).map(({ row }) => row))].map((row) => ({ kind, row })),
  )
  if (rows.length === 0) return '<p>Nothing.</p>'
  const rowHeight = 22
  const height = rows.length * rowHeight + 28
  const parts = rows.map(({ kind, row }, i) => {
    const y = i * rowHeight + 4
    const own = bands.filter((band) => band.kind === kind && band.row === row)
    const marks = own.map(
      ({ fromMs, toMs, title }) =>
        `<rect class="${kind}" x="${at(fromMs, lengthMs)}" y="${y}" width="${Math.max(3, at(toMs, lengthMs) - at(fromMs, lengthMs))}" height="${rowHeight - 6}" rx="2"><title>${quoted(title)} (${formatDuration(toMs - fromMs)})</title></rect>`,
    )
    return `<text class="label" x="${left - 8}" y="${y + 12}">${quoted(shorten(row))}</text>${marks.join('')}`
  })
  return svg(height, `timeline of faults, deaths and failed probes`, axis(height - 24, lengthMs) + parts.join(''))
}

/** Every write, by when it began and how long it took, on a logarithmic scale. */
export function latencyPlot(workload: WorkloadResult, bands: readonly Band[], lengthMs: number): string {
  const height = 220
  const [top, bottom] = [8, height - 24]
  const latencies = workload.writes.map(({ ms }) => Math.max(0.5, ms))
  const ceiling = 10 ** Math.ceil(Math.log10(Math.max(10, ...latencies)))
  const y = (ms: number) =>
    round(bottom - ((Math.log10(Math.max(0.5, ms)) - Math.log10(0.5)) / (Math.log10(ceiling) - Math.log10(0.5))) * (bottom - top))
  const grid: string[] = []
  for (let ms = 1; ms <= ceiling; ms *= 10)
    grid.push(
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(ms)}" y2="${y(ms)}"/><text class="label" x="${left - 8}" y="${y(ms) + 4}">${formatDuration(ms)}</text>`,
    )
  const dots = thin(workload.writes).map(
    ({ atMs, ms, outcome, answer }) =>
      `<circle class="${outcome}" cx="${at(atMs, lengthMs)}" cy="${y(ms)}" r="2"><title>${quoted(`${outcome} in ${formatDuration(ms)}: ${answer}`)}</title></circle>`,
  )
  const legend =
    '<p class="legend"><i class="acknowledged"></i>acknowledged <i class="refused"></i>refused <i class="unknown"></i>outcome unknown</p>'
  return (
    svg(height, 'latency of every write', shades(bands, lengthMs, top, bottom) + grid.join('') + axis(bottom, lengthMs) + dots.join('')) +
    legend
  )
}

/** Writes a second: acknowledged above, refused and unknown stacked in their colours. */
export function rateChart(workload: WorkloadResult, bands: readonly Band[], lengthMs: number): string {
  const height = 130
  const [top, bottom] = [8, height - 24]
  const slots = 96
  const slotMs = Math.max(1, lengthMs / slots)
  const outcomes = ['acknowledged', 'refused', 'unknown'] as const
  const counts = Array.from({ length: slots }, () => ({ acknowledged: 0, refused: 0, unknown: 0 }))
  for (const { atMs, ms, outcome } of workload.writes) {
    const slot = counts[Math.min(slots - 1, Math.floor((atMs + ms) / slotMs))]
    if (slot) slot[outcome]++
  }
  const most = Math.max(1, ...counts.map((slot) => slot.acknowledged + slot.refused + slot.unknown))
  const bars = counts.map((slot, i) => {
    let base = bottom
    return outcomes
      .map((outcome) => {
        const tall = (slot[outcome] / most) * (bottom - top)
        base -= tall
        if (tall === 0) return ''
        return `<rect class="${outcome}" x="${round(left + (i * plotWidth) / slots)}" y="${round(base)}" width="${round(plotWidth / slots - 1)}" height="${round(tall)}"/>`
      })
      .join('')
  })
  const perSecond = Math.round((most * 1_000) / slotMs)
  const label = `<text class="label" x="${left - 8}" y="${top + 8}">${perSecond}/s</text>`
  return svg(height, 'writes a second by outcome', shades(bands, lengthMs, top, bottom) + label + bars.join('') + axis(bottom, lengthMs))
}

/** Dots that one can still tell apart: all that went wrong, and of the rest at most so many. */
function thin(writes: readonly Write[]): readonly Write[] {
  const dotsMax = 4_000
  const every = Math.max(1, Math.ceil(writes.length / dotsMax))
  return writes.filter(({ outcome }, i) => outcome !== 'acknowledged' || i % every === 0)
}

function shades(bands: readonly Band[], lengthMs: number, top: number, bottom: number): string {
  return bands
    .map(
      ({ fromMs, toMs, title }) =>
        `<rect class="shade" x="${at(fromMs, lengthMs)}" y="${top}" width="${Math.max(1, at(toMs, lengthMs) - at(fromMs, lengthMs))}" height="${bottom - top}"><title>${quoted(title)}</title></rect>`,
    )
    .join('')
}

function axis(y: number, lengthMs: number): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = round(left + share * plotWidth)
    const anchor = share === 1 ? 'end' : share === 0 ? 'start' : 'middle'
    return `<line class="grid" x1="${x}" x2="${x}" y1="${y}" y2="${y + 4}"/><text class="tick" text-anchor="${anchor}" x="${x}" y="${y + 17}">${formatDuration(share * lengthMs)}</text>`
  })
  return `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>${ticks.join('')}`
}

function at(ms: number, lengthMs: number): number {
  return round(left + (Math.min(lengthMs, Math.max(0, ms)) / Math.max(1, lengthMs)) * plotWidth)
}

function svg(height: number, label: string, content: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${quoted(label)}" xmlns="http://www.w3.org/2000/svg">${content}</svg>`
}

function shorten(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Text as it stands in an attribute or element. */
function quoted(value: string): string {
  return value.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
}
