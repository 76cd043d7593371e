/**
 * Mermaid sequence diagram (mermaid.js.org/syntax/sequenceDiagram.html): messages that arrived as arrows in order of
 * arrival, starts, deaths, faults and violations as notes. Such a diagram is for some dozens of messages: what is above
 * the bound is left out, and the diagram says so.
 */
import { type TraceRecord, titleOf } from './event.js'
import type { Run } from './run.js'

export interface MermaidOptions {
  /** Arrows and notes at most. Default 200; Mermaid itself refuses texts above 50,000 characters. */
  readonly linesMax?: number
}

const labelCharsMax = 80

/** The run as a Mermaid sequence diagram. */
export function formatMermaid(run: Run, { linesMax = 200 }: MermaidOptions = {}): string {
  const body: { readonly text: string; readonly actors: readonly string[] }[] = []
  let left = 0
  for (const [i, record] of run.records.entries()) {
    const line = lineOf(run, i, record)
    if (!line) continue
    if (body.length < linesMax) body.push(line)
    else left++
  }
  const shown = new Set(body.flatMap(({ actors }) => actors))
  const lines = ['sequenceDiagram']
  for (const { name } of run.actors) if (shown.has(name)) lines.push(`  participant ${idOf(name)} as ${name}`)
  for (const { text } of body) lines.push(`  ${text}`)
  if (left > 0) {
    const over = [...run.actors.map(({ name }) => name).filter((name) => shown.has(name))]
    const ends = over.length > 1 ? `${idOf(over[0] ?? '')},${idOf(over.at(-1) ?? '')}` : idOf(over[0] ?? '')
    lines.push(`  note over ${ends}: cut here: ${left} more messages and events are not drawn, of ${left + body.length}`)
  }
  return `${lines.join('\n')}\n`
}

function lineOf(run: Run, i: number, record: TraceRecord): { text: string; actors: readonly string[] } | undefined {
  const { kind, actor, peer = '', type, method } = record
  if (kind === 'sent') return undefined
  if (kind === 'received') {
    if ((run.partner[i] ?? -1) < 0) return undefined
    // Solid: asks for something. Dashed: answers. Cross: fails.
    const arrow = type === 'failure' ? '--x' : type === 'call' || type === 'open' ? '->>' : type === 'cast' ? '-)' : '-->>'
    const text = [type, method, record.detail].filter((part) => part !== undefined).join(' ')
    return { text: `${idOf(peer)}${arrow}${idOf(actor)}: ${label(text)}`, actors: [peer, actor] }
  }
  return { text: `note over ${idOf(actor)}: ${label(titleOf(record))}`, actors: [actor] }
}

/** Mermaid takes letters, digits and underscores for certain. */
function idOf(name: string): string {
  return `a_${name.replace(/[^A-Za-z0-9]/g, '_')}`
}

/** `;` and `#` would end or escape the text. */
function label(text: string): string {
  const clean = text.replace(/\s+/g, ' ').replace(/[;#]/g, ',')
  return clean.length > labelCharsMax ? `${clean.slice(0, labelCharsMax - 1)}…` : clean
}
