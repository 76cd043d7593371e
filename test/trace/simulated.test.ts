/** Traces of simulated runs: their file format, their order, and everything they are exported to. */
import t from 'tap'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { simulate } from '../../src/sim/world.js'
import { formatColumns } from '../../src/trace/columns.js'
import { firstDivergence, formatDivergence } from '../../src/trace/difference.js'
import type { TraceRecord } from '../../src/trace/event.js'
import { formatTrace, parseTrace } from '../../src/trace/file.js'
import { formatMermaid } from '../../src/trace/mermaid.js'
import { formatPerfetto } from '../../src/trace/perfetto.js'
import { happenedBefore, type Run, readRun } from '../../src/trace/run.js'
import { formatShiviz, shivizRegex } from '../../src/trace/shiviz.js'
import { recordRun } from './recorded-run.js'

const seed = process.env['SEED'] ?? '1'
const file = await recordRun(seed)
const run = readRun(file.header, file.records)

t.test('a recording is complete, and disturbs nothing', async (t) => {
  const { hash } = await simulate({ seed, turn: nextTurn })
  t.equal(file.hash, hash, 'the run is the same with and without it')
  const { records, partner } = run
  const orphans = records.filter(({ kind }, i) => kind === 'received' && (partner[i] ?? -1) < 0)
  t.same(orphans, [], 'every receiving has its sending')
  const lost = records.filter(
    ({ kind, peer }, i) => kind === 'sent' && (partner[i] ?? -1) < 0 && !/^(store|apiserver|kubelet)/.test(peer ?? ''),
  )
  t.ok(lost.length < 100, `${lost.length} messages to actors that were not killed were still on their way at the end`)
  const kinds = (kind: string) => records.filter((record) => record.kind === kind).map(({ actor }) => actor)
  t.equal(kinds('fault').length, 3, 'three were killed')
  t.same(kinds('crashed'), kinds('fault'), 'and died')
  t.ok(records.some(({ actor, incarnation, kind }) => actor === 'apiserver' && incarnation === 2 && kind === 'ready'))
})

t.test('messages are told apart by object and by request', async (t) => {
  const key = file.records.find(({ objects }) => objects?.[0]?.startsWith('pods/default/web-'))?.objects?.[0] ?? ''
  const story = file.records.filter(({ objects }) => objects?.includes(key))
  const actors = new Set(story.map(({ actor }) => actor.replace(/-\d$/, '')))
  for (const name of ['apiserver', 'store', 'kubelet-node', 'scheduler', 'replicaset-controller'])
    t.ok(actors.has(name), `${name} dealt with ${key}`)
  const answers = file.records.filter(({ kind, type }) => kind === 'received' && type === 'result')
  for (const { request, actor, method } of answers) {
    const asked = file.records.find((record) => record.request === request && record.kind === 'sent' && record.type === 'call')
    if (asked?.actor !== actor || asked.method !== method) t.fail(`the answer to ${request} has no question`)
  }
  t.ok(answers.length > 500)
})

t.test('what is written is read again; what is not whole is refused', async (t) => {
  const text = formatTrace(file)
  const back = parseTrace(text)
  t.same(back.header, file.header)
  t.equal(formatTrace(back), text)
  const lines = text.split('\n')
  const refuse = (lines: readonly string[], code: string, message: RegExp) =>
    t.throws(() => parseTrace(lines.join('\n')), { code, message })
  refuse([(lines[0] ?? '').replace('"troupeTrace":1', '"troupeTrace":2'), ...lines.slice(1)], 'TraceVersion', /version 2, not 1/)
  refuse([text.slice(0, -20)], 'TraceDamaged', /does not end/)
  refuse([...lines.slice(0, 5), lines[5]?.slice(0, 40) ?? '', ...lines.slice(6)], 'TraceDamaged', /line 6: it is no JSON/)
  refuse([...lines.slice(0, 3), '{"at":1}', ''], 'TraceDamaged', /line 4: "actor" is missing/)
  refuse(
    [...lines.slice(0, 3), (lines[3] ?? '').replace(/"kind":"\w+"/, '"kind":"begun"'), ''],
    'TraceDamaged',
    /line 4: "kind" is "begun"/,
  )
  refuse(['hello', ''], 'TraceDamaged', /line 1/)
  refuse(['{}', ''], 'TraceDamaged', /troupeTrace/)
  refuse([''], 'TraceDamaged', /line/)
})

t.test('the same seed gives the same file, byte for byte; another one parts', async (t) => {
  const again = await recordRun(seed)
  t.ok(formatTrace(again) === formatTrace(file))
  t.equal(firstDivergence(file.records, again.records), undefined)
  const changed = file.records.map((record, i): TraceRecord => (i === 700 ? { ...record, detail: 'something else' } : record))
  const found = firstDivergence(file.records, changed)
  t.same([found?.at, found?.fields], [700, ['detail']])
  t.match(formatDivergence(found as never), /record 701 in detail:\n {2}a: .*\n {2}b: .*something else/)
  t.equal(firstDivergence(file.records, file.records.slice(0, 50))?.b, undefined)
})

/** Checks clocks against what they stand for: reachability along each actor's order and along messages. */
function checkClocks(
  t: { equal(found: number, wanted: number, message: string): unknown },
  { records, actors, actorOf, indexOf, partner, known }: Run,
): void {
  const width = actors.length
  const last = new Int32Array(width).fill(-1)
  let wrong = 0
  for (let i = 0; i < records.length; i++) {
    const self = actorOf[i] ?? 0
    const from = partner[i] ?? -1
    const before = last[self] ?? -1
    for (let a = 0; a < width; a++) {
      const own = before < 0 ? 0 : (known[before * width + a] ?? 0)
      const theirs = records[i]?.kind === 'received' && from >= 0 ? (known[from * width + a] ?? 0) : 0
      const expected = a === self ? (indexOf[i] ?? 0) : Math.max(own, theirs)
      if (known[i * width + a] !== expected) wrong++
    }
    last[self] = i
  }
  t.equal(wrong, 0, 'each clock is the join of the one before and the sender’s')
}

t.test('vector clocks are happened-before', async (t) => {
  checkClocks(t, run)
  for (let i = 0; i < run.records.length; i++) {
    const j = run.partner[i] ?? -1
    if (run.records[i]?.kind !== 'sent' || j < 0) continue
    if (j <= i || !happenedBefore(run, i, j) || happenedBefore(run, j, i)) t.fail(`message ${i} to ${j} is not in order`)
  }
  const batches = [...file.records].sort((a, b) => a.slot - b.slot)
  const merged = readRun(file.header, batches)
  checkClocks(t, merged)
  t.equal(
    merged.partner.filter((i) => i >= 0).length,
    run.partner.filter((i) => i >= 0).length,
    'batches in any order give the same messages',
  )
})

t.test('ShiViz reads its log with the documented expression', async (t) => {
  const text = formatShiviz(run)
  t.equal(text.slice(0, text.indexOf('\n')), shivizRegex)
  const log = text.slice(text.indexOf('\n\n') + 2)
  const next = new Map<string, number>()
  let events = 0
  const told = new Map<string, Record<string, number>>()
  for (const { groups } of log.matchAll(new RegExp(shivizRegex, 'gm'))) {
    const { host = '', clock: json = '' } = groups ?? {}
    const clock = JSON.parse(json) as Record<string, number>
    if (clock[host] !== (next.get(host) ?? 0) + 1) t.fail(`${host} counts ${clock[host]} after ${next.get(host)}`)
    next.set(host, clock[host] ?? 0)
    // ShiViz refuses a clock that knows of an event which is not there.
    for (const [name, entry] of Object.entries(clock)) if (entry > (next.get(name) ?? 0)) t.fail(`${host} knows ${entry} of ${name}`)
    for (const [name, entry] of Object.entries(told.get(host) ?? {})) if ((clock[name] ?? 0) < entry) t.fail(`${host} forgets ${name}`)
    told.set(host, clock)
    events++
  }
  t.equal(events, run.records.length)
})

t.test('Perfetto gets valid JSON with matched flows, spans and counters', async (t) => {
  const { traceEvents } = JSON.parse(formatPerfetto(run)) as {
    traceEvents: {
      ph: string
      id?: number
      ts: number
      name: string
      tid: number
      dur?: number
      args?: { count?: number; name?: string }
    }[]
  }
  const of = (ph: string) => traceEvents.filter((event) => event.ph === ph)
  const messages = run.records.filter(({ kind }, i) => kind === 'received' && (run.partner[i] ?? -1) >= 0).length
  t.equal(of('s').length, messages)
  const starts = new Map(of('s').map((event) => [event.id, event]))
  for (const end of of('f')) {
    const start = starts.get(end.id)
    if (!start || start.ts > end.ts || !starts.delete(end.id)) t.fail(`flow ${end.id} is not matched`)
  }
  t.equal(starts.size, 0)
  const open = new Set<number>()
  for (const { ph, id = 0 } of traceEvents) {
    if (ph === 'b' && open.has(id)) t.fail(`span ${id} begins twice`)
    if (ph === 'b') open.add(id)
    if (ph === 'e' && !open.delete(id)) t.fail(`span ${id} ends before it begins`)
  }
  t.equal(open.size, 0, 'every span ends')
  t.equal(of('M').filter(({ name }) => name === 'thread_name').length, run.actors.length)
  t.ok(of('C').every(({ args }) => (args?.count ?? -1) >= 0))
  t.equal(of('X').length, run.records.length)
})

t.test('columns have a line for each event, in its actor’s column', async (t) => {
  const lines = formatColumns(run, { width: 400 }).trimEnd().split('\n')
  const head = lines.splice(0, lines.length - run.records.length)
  const starts = run.actors.map(({ name }) => head.find((line) => line.includes(name))?.indexOf(name) ?? -1)
  for (const [i, line] of lines.entries()) {
    const start = starts[run.actorOf[i] ?? 0] ?? -1
    if (!/[*<>]/.test(line[start] ?? '') || line.slice(12, start).trim() !== '') t.fail(`line ${i} does not begin in its column: ${line}`)
  }
  t.match(formatColumns(run, { colour: true }), '\u001b[34m')
})

t.test('Mermaid is bounded and says so', async (t) => {
  const lines = formatMermaid(run, { linesMax: 40 }).trimEnd().split('\n')
  t.equal(lines[0], 'sequenceDiagram')
  t.match(lines.at(-1), /note over a_\w+,a_\w+: cut here: \d+ more/)
  const participants = lines.filter((line) => line.startsWith('  participant '))
  t.equal(lines.length, 1 + participants.length + 40 + 1)
  for (const line of lines.slice(1 + participants.length))
    t.match(line, /^ {2}(a_\w+(->>|-->>|-\)|--x)a_\w+|note over a_\w+(,a_\w+)?): [^;#]+$/)
  t.notMatch(formatMermaid({ ...run, records: run.records.slice(0, 40) }), /cut here/)
})
