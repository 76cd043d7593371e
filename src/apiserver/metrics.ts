/**
 * What is counted about requests, under kube-apiserver's names. Counting is on every request's path, so series are kept
 * by a key made of few strings, and labels are rendered only when somebody scrapes.
 */
import type { RequestInfo } from './router.js'

export interface RequestMetrics {
  /** `info` is absent for a request whose path could not be read. */
  observe(info: RequestInfo | undefined, status: number, elapsedMs: number): void
  /** In Prometheus' text format. */
  text(): string
}

/** Upper bounds in seconds of apiserver_request_duration_seconds. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]

interface Series {
  readonly labels: string
  readonly codes: Map<number, number>
  readonly counts: number[]
  sum: number
  count: number
}

export function createRequestMetrics(): RequestMetrics {
  const all = new Map<string, Series>()
  return {
    observe(info, status, elapsedMs) {
      const key =
        info?.type === 'resource'
          ? `${info.verb} ${info.group}/${info.version}/${info.resource}/${info.subresource} ${scopeOf(info)}`
          : `${info?.verb ?? ''} path`
      let series = all.get(key)
      if (!series) all.set(key, (series = { labels: labelsOf(info), codes: new Map(), counts: buckets.map(() => 0), sum: 0, count: 0 }))
      const seconds = elapsedMs / 1000
      series.codes.set(status, (series.codes.get(status) ?? 0) + 1)
      series.sum += seconds
      series.count++
      for (let i = 0; i < buckets.length; i++)
        if (seconds <= (buckets[i] as number)) {
          series.counts[i] = (series.counts[i] ?? 0) + 1
          break
        }
    },
    text: () => `${totals(all)}${durations(all)}`,
  }
}

function scopeOf({ name, namespace }: RequestInfo): string {
  return name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster'
}

function labelsOf(info: RequestInfo | undefined): string {
  const quote = (text: string): string => JSON.stringify(text)
  if (info?.type !== 'resource')
    return `component="apiserver",dry_run="",group="",resource="",scope="",subresource="",verb=${quote((info?.verb ?? '').toUpperCase())},version=""`
  const verb = info.verb === 'create' ? 'POST' : info.verb === 'update' ? 'PUT' : info.verb.toUpperCase()
  const place = `group=${quote(info.group)},resource=${quote(info.resource)},scope="${scopeOf(info)}",subresource=${quote(info.subresource)}`
  return `component="apiserver",dry_run="",${place},verb=${quote(verb)},version=${quote(info.version)}`
}

function totals(all: ReadonlyMap<string, Series>): string {
  const lines = ['# HELP apiserver_request_total Counter of apiserver requests.', '# TYPE apiserver_request_total counter']
  for (const { labels, codes } of all.values())
    for (const [code, count] of codes) lines.push(`apiserver_request_total{code="${code}",${labels}} ${count}`)
  return `${lines.join('\n')}\n`
}

function durations(all: ReadonlyMap<string, Series>): string {
  const name = 'apiserver_request_duration_seconds'
  const lines = [`# HELP ${name} Response latency distribution in seconds.`, `# TYPE ${name} histogram`]
  for (const { labels, counts, sum, count } of all.values()) {
    let below = 0
    for (const [i, bound] of buckets.entries()) {
      below += counts[i] ?? 0
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${below}`)
    }
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`)
  }
  return `${lines.join('\n')}\n`
}
