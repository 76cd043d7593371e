/**
 * ShiViz log (Beschastnikh et al., "Visualizing Distributed System Executions", TOSEM 2020): two lines an event. ShiViz
 * reads it with this regular expression, which is also the first line of what it may be given together with the log:
 *
 *   (?<host>\S+) (?<clock>\{.*\})\n(?<event>.*)
 *
 * ShiViz wants each host's own entries to be 1, 2, 3, ..., which the run's renumbered clocks are.
 */
import { titleOf } from './event.js'
import { clockOf, type Run } from './run.js'

/** What ShiViz's "log parsing regular expression" field gets; test it with flags `gm`. */
export const shivizRegex = '(?<host>\\S+) (?<clock>\\{.*\\})\\n(?<event>.*)'

/** The run as a ShiViz log; its first two lines are the regular expression and the empty line that ends it. */
export function formatShiviz(run: Run): string {
  const lines = [shivizRegex, '']
  for (const [i, record] of run.records.entries()) {
    lines.push(`${record.actor} ${JSON.stringify(clockOf(run, i))}`)
    const detail = record.detail && (record.kind === 'sent' || record.kind === 'received') ? ` (${record.detail})` : ''
    lines.push(`${record.at.toFixed(3)} ms ${titleOf(record)}${detail}`.replace(/\s+/g, ' '))
  }
  return `${lines.join('\n')}\n`
}
