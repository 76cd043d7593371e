/**
 * Counters, gauges and histograms, and Prometheus' text format. Written here and not taken from a library because it
 * must neither read a clock nor keep a process-wide registry: every actor has its own, and the simulator has many in
 * one process.
 */

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(amount?: number, labels?: Labels): void
}
export interface Gauge {
  set(value: number, labels?: Labels): void
}
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

export interface Metrics {
  /** The counter of this name, made at the first call. */
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  /** `buckets` are upper bounds in ascending order; +Inf is added. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  /** All of it in Prometheus' text exposition format 0.0.4. */
  text(): string
}

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly values: Map<string, number>
  readonly buckets?: readonly number[]
  readonly series?: Map<string, { counts: number[]; sum: number; count: number }>
}

export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  const family = (name: string, make: () => Family): Family => {
    const found = families.get(name)
    if (found) return found
    const made = make()
    families.set(name, made)
    return made
  }
  return {
    counter(name, help) {
      const { values } = family(name, () => ({ type: 'counter', help, values: new Map() }))
      return { add: (amount = 1, labels) => void values.set(render(labels), (values.get(render(labels)) ?? 0) + amount) }
    },
    gauge(name, help) {
      const { values } = family(name, () => ({ type: 'gauge', help, values: new Map() }))
      return { set: (value, labels) => void values.set(render(labels), value) }
    },
    histogram(name, help, buckets) {
      const { series = new Map() } = family(name, () => ({ type: 'histogram', help, values: new Map(), buckets, series: new Map() }))
      return {
        observe(value, labels) {
          const key = render(labels)
          let one = series.get(key)
          if (!one) series.set(key, (one = { counts: buckets.map(() => 0), sum: 0, count: 0 }))
          one.sum += value
          one.count++
          for (let i = buckets.length - 1; i >= 0 && value <= (buckets[i] as number); i--) one.counts[i] = (one.counts[i] ?? 0) + 1
        },
      }
    },
    text: () => [...families].map(([name, one]) => describe(name, one)).join(''),
  }
}

function describe(name: string, { type, help, values, buckets = [], series = new Map() }: Family): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
  for (const [labels, value] of values) lines.push(`${name}${labels ? `{${labels}}` : ''} ${value}`)
  for (const [labels, { counts, sum, count }] of series) {
    const prefix = labels ? `${labels},` : ''
    for (const [i, bound] of buckets.entries()) lines.push(`${name}_bucket{${prefix}le="${bound}"} ${counts[i]}`)
    lines.push(`${name}_bucket{${prefix}le="+Inf"} ${count}`)
    lines.push(`${name}_sum${labels ? `{${labels}}` : ''} ${sum}`, `${name}_count${labels ? `{${labels}}` : ''} ${count}`)
  }
  return `${lines.join('\n')}\n`
}

function render(labels: Labels | undefined): string {
  if (!labels) return ''
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}="${(labels[key] as string).replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',')
}
