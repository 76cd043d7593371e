/**
 * A run as one self-contained HTML page: the verdict, what was lost, a timeline with a band for each fault and each
 * actor's absence, every write of the client as a dot by its latency, throughput and errors, recoveries, probes. A pure
 * function of the result; the JSON form is the result itself. No scripts, no network: it can be mailed.
 */
import { formatDuration } from './duration.js'
import { describeFault } from './random-plan.js'
import { bandsOf, latencyPlot, rateChart, timelineChart } from './report-charts.js'
import { style } from './report-style.js'
import type { ChaosResult } from './result.js'
import type { WorkloadResult } from './workload.js'

/** The page. `now` is not needed: everything in it comes from the result. */
export function reportHtml(result: ChaosResult): string {
  const { plan, verdict, stage, startedAt, lengthMs, workload } = result
  const title = `${plan.name}: ${verdict.outcome}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title><style>${style}</style></head><body><main>
<header><h1>${text(plan.name)}</h1><p class="verdict ${verdict.outcome}">${text(headline(result))}</p>
<p class="meta">${stage === 'sim' ? 'simulated, virtual time' : 'real threads'} · ${new Date(startedAt).toISOString()} · ${formatDuration(lengthMs)} · seed ${text(plan.seed)} · ${
    verdict.within === 'safe' ? 'within what the system promises' : 'outside what the system promises: it may lose'
  }</p></header>
${verdict.reasons.length > 0 ? `<ul class="reasons">${verdict.reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>` : ''}
<section class="cards">${cards(result)}</section>
<section><h2>What happened</h2>${timelineChart(bandsOf(result), lengthMs)}</section>
${workload ? writesSection(workload, result) : ''}
<section><h2>Faults</h2>${faultTable(result)}</section>
${recoverySection(result)}
${probeSection(result)}
<details><summary>The plan</summary><pre>${text(JSON.stringify(plan, null, 2))}</pre></details>
</main></body></html>
`
}

function headline({ verdict, workload }: ChaosResult): string {
  const words = { passed: 'passed', failed: 'failed', aborted: 'ended early', inconclusive: 'proves nothing' }[verdict.outcome]
  if (!workload) return words
  const lost = workload.lost.length === 0 ? 'nothing acknowledged was lost' : `${workload.lost.length} acknowledged writes were lost`
  return `${words}: ${lost}`
}

function cards({ workload, recoveries, events }: ChaosResult): string {
  const faults = events.filter(({ type }) => type === 'injected').length
  const times = recoveries.flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  const card = (value: string, label: string) => `<div><b>${text(value)}</b><span>${text(label)}</span></div>`
  return [
    card(String(faults), 'faults'),
    card(String(recoveries.length), 'deaths'),
    ...(times.length > 0
      ? [card(formatDuration(percentile(times, 0.5)), 'median recovery'), card(formatDuration(Math.max(...times)), 'longest recovery')]
      : []),
    ...(workload
      ? [
          card(String(workload.acknowledged), 'writes acknowledged'),
          card(String(workload.lost.length), 'of them lost'),
          card(formatDuration(workload.longestGapMs), 'longest without a write'),
        ]
      : []),
  ].join('')
}

function writesSection(workload: WorkloadResult, result: ChaosResult): string {
  const latencies = workload.writes.filter(({ outcome }) => outcome === 'acknowledged').map(({ ms }) => ms)
  const summary =
    latencies.length > 0
      ? `Acknowledged in ${formatDuration(percentile(latencies, 0.5))} (median), ${formatDuration(percentile(latencies, 0.99))} (99 of 100), ${formatDuration(Math.max(...latencies))} at most.`
      : 'No write was acknowledged.'
  const bands = bandsOf(result).filter(({ kind }) => kind === 'fault')
  return `<section><h2>Writes</h2><p>${workload.acknowledged} acknowledged, ${workload.refused} refused, ${workload.unknown} with an unknown outcome. ${summary}</p>
${latencyPlot(workload, bands, result.lengthMs)}${rateChart(workload, bands, result.lengthMs)}</section>`
}

function faultTable({ plan, steps }: ChaosResult): string {
  const rows = plan.steps.map((step) => {
    const counts = steps.find(({ name }) => name === step.name)
    return [step.name, describeFault(step.fault), String(counts?.injections ?? 0), String(counts?.hits ?? 0)]
  })
  return table(['step', 'fault', 'times', 'acted'], rows)
}

function recoverySection({ recoveries }: ChaosResult): string {
  if (recoveries.length === 0) return ''
  const rows = recoveries.map(({ actor, atMs, ms, reason }) => [
    actor,
    formatDuration(atMs),
    ms === undefined ? 'not back' : formatDuration(ms),
    reason,
  ])
  return `<section><h2>Recoveries</h2>${table(['actor', 'died at', 'back after', 'why'], rows)}</section>`
}

function probeSection({ probes }: ChaosResult): string {
  if (probes.length === 0) return ''
  const rows = probes.map(({ name, phase, looks, failures, lastFound }) => [
    name,
    phase,
    `${looks - failures} of ${looks}`,
    lastFound ?? '',
  ])
  return `<section><h2>Probes</h2>${table(['probe', 'phase', 'held', 'last found'], rows)}</section>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Text as it stands in HTML. */
function text(value: string): string {
  return value.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
}
