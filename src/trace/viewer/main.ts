/**
 * The viewer: an interactive space-time diagram of a run (Lamport 1978), actors side by side, time downward. It runs in a
 * browser, as a part of the page that html.ts makes. Here is what joins its parts: model.ts (what is shown and where),
 * draw.ts (the canvases), panel.ts (details and filters), input.ts (keys and pointer).
 */
import { type Divergence, firstDivergence, formatDivergence } from '../difference.js'
import type { TraceFile } from '../event.js'
import { parseTrace } from '../file.js'
import { type PackedTrace, unpackTrace } from '../pack.js'
import { readRun } from '../run.js'
import { browser, button, type Canvas, element, make } from './dom.js'
import { columnWidthOf, type Drawn, drawDiagram, drawMap, gutter, headHeight, readPalette } from './draw.js'
import { listen } from './input.js'
import { createModel, type Model } from './model.js'
import { type PanelActions, showDetails, showFilters } from './panel.js'

const diagram = element('diagram') as Canvas
const map = element('map') as Canvas
const files: TraceFile[] = (JSON.parse(element('runs').textContent ?? '[]') as PackedTrace[]).map(unpackTrace)

let palette = readPalette()
let models: Model[] = []
let shown = 0
let left = 0
let hovered = -1
let matches: ReadonlySet<number> = new Set()
let matchList: readonly number[] = []
let divergence: Divergence | undefined
let drawn: Drawn | undefined
let frame = false

const model = (): Model => models[shown] as Model

function draw(): void {
  if (frame) return
  frame = true
  browser.requestAnimationFrame(() => {
    frame = false
    const scene = { model: model(), palette, left, hovered, matches, divergence: divergence?.at ?? -1 }
    drawn = drawDiagram(diagram, scene)
    drawMap(map, scene)
    showStatus(drawn)
  })
}

function showStatus({ arrows, arrowsInSight }: Drawn): void {
  const { run, rows, axis, filter, top } = model()
  const first = run.records[rows[model().rowAt(top)] ?? 0]?.at ?? 0
  const parts = [
    `${rows.length.toLocaleString('en')} of ${run.records.length.toLocaleString('en')} events`,
    `from ${first.toFixed(3)} ms`,
    axis === 'order' ? 'one row an event' : 'to scale',
    arrows < arrowsInSight
      ? `${arrows.toLocaleString('en')} of ${arrowsInSight.toLocaleString('en')} arrows in sight are drawn: zoom in for all`
      : '',
    filter.request ? `following request ${filter.request} (Esc ends)` : '',
    filter.object ? `following ${filter.object} (Esc ends)` : '',
    models.length > 1 ? `run ${shown === 0 ? 'A' : 'B'} of two` : '',
  ]
  element('status').textContent = parts.filter((part) => part !== '').join('  ·  ')
}

function sightHeight(): number {
  return diagram.getBoundingClientRect().height - headHeight
}

function scrollTo(top: number): void {
  model().top = Math.max(0, Math.min(top, model().height() - sightHeight()))
  draw()
}

/** Puts a record in sight: in the middle, when it is not in sight already. */
function reveal(record: number): void {
  const { top } = model()
  const y = model().yOf(record)
  if (y < top + 30 || y > top + sightHeight() - 30) scrollTo(y - sightHeight() / 2)
  const width = diagram.getBoundingClientRect().width
  const column = model().columns.indexOf(model().run.actorOf[record] ?? -1)
  const x = (column + 0.5) * columnWidthOf(model(), width)
  if (column >= 0 && (x < left + 20 || x > left + width - gutter - 20)) slide(x - (width - gutter) / 2)
  draw()
}

function slide(to: number): void {
  const width = diagram.getBoundingClientRect().width
  const whole = model().columns.length * columnWidthOf(model(), width) + gutter + 30
  left = Math.max(0, Math.min(to, whole - width))
  draw()
}

function select(record: number): void {
  const one = model()
  one.selected = record
  if (record >= 0 && (one.rowOf[record] ?? -1) < 0) showAll()
  if (record >= 0) reveal(record)
  showDetails(one, actions)
  draw()
}

/** Zooms around a place in sight, `at` pixels below the head. */
function zoomBy(factor: number, at = sightHeight() / 2): void {
  const one = model()
  if (one.rows.length === 0) return
  const whole = one.height()
  const place = (one.top + at) / whole
  one.zoom = Math.min(one.axis === 'order' ? 60 : 100_000, Math.max(fitZoom(), one.zoom * factor))
  scrollTo(place * one.height() - at)
}

function fitZoom(): number {
  const one = model()
  const span = (one.run.records[one.rows.at(-1) ?? 0]?.at ?? 0) - (one.run.records[one.rows[0] ?? 0]?.at ?? 0)
  const amount = one.axis === 'order' ? one.rows.length : Math.max(span, 0.001)
  return Math.min(one.axis === 'order' ? 18 : 100_000, (sightHeight() - 34) / Math.max(1e-3, amount))
}

function fit(): void {
  model().zoom = fitZoom()
  scrollTo(0)
}

function turnAxis(): void {
  const one = model()
  const middle = one.selected >= 0 ? one.selected : (one.rows[one.rowAt(one.top + sightHeight() / 2)] ?? one.rows.at(-1) ?? 0)
  one.axis = one.axis === 'order' ? 'time' : 'order'
  element('axis').setAttribute('aria-pressed', String(one.axis === 'time'))
  // As many events in sight as there were, where they are as dense as on the whole.
  const span = Math.max(0.001, one.run.records.at(-1)?.at ?? 1)
  one.zoom = one.axis === 'order' ? 18 : Math.max(fitZoom(), (18 * one.rows.length) / span / 4)
  scrollTo(one.yOf(middle) - sightHeight() / 2)
}

/** Takes what hides events away, following included. */
function showAll(): void {
  const { filter } = model()
  filter.hiddenActors.clear()
  filter.hiddenTypes.clear()
  filter.method = filter.request = filter.object = ''
  element('object').value = ''
  showFilters(model(), actions)
  filtered()
}

function filtered(): void {
  const one = model()
  const anchor = one.selected >= 0 ? one.selected : (one.rows[one.rowAt(one.top)] ?? 0)
  one.refilter()
  one.zoom = Math.max(one.zoom, one.axis === 'order' ? Math.min(18, fitZoom()) : fitZoom())
  slide(left)
  scrollTo(one.yOf(anchor) - sightHeight() / 2)
  if (one.selected < 0) showDetails(one, actions)
  search(false)
}

function follow({ request = '', object = '' }: { readonly request?: string; readonly object?: string }): void {
  const { filter } = model()
  filter.request = request
  filter.object = object
  element('object').value = object
  if ((request || object) && model().axis === 'order') model().zoom = Math.max(model().zoom, 18)
  filtered()
}

const actions: PanelActions = { select, follow, filtered }

function search(jump = true): void {
  const words = element('search').value.trim().toLowerCase()
  const one = model()
  matchList = words === '' ? [] : [...one.rows].filter((i) => one.textOf(i).includes(words))
  matches = new Set(matchList)
  element('search-next').disabled = element('search-previous').disabled = matchList.length === 0
  if (jump && matchList.length > 0) nextMatch(1, (one.rows[one.rowAt(one.top)] ?? 0) - 1)
  else showFound(-1)
  draw()
}

function showFound(position: number): void {
  const words = element('search').value.trim()
  const total = matchList.length.toLocaleString('en')
  element('found').textContent = words === '' ? '' : position < 0 ? `${total} found` : `${position + 1} of ${total}`
}

function nextMatch(by: 1 | -1, from = model().selected): void {
  if (matchList.length === 0) return
  const next = by > 0 ? matchList.findIndex((i) => i > from) : matchList.findLastIndex((i) => i < from)
  const position = next >= 0 ? next : by > 0 ? 0 : matchList.length - 1
  select(matchList[position] ?? -1)
  showFound(position)
}

function jumpToKind(kinds: readonly string[], from: number): void {
  const { records } = model().run
  const after = records.findIndex(({ kind }, i) => i > from && kinds.includes(kind))
  const found = after >= 0 ? after : records.findIndex(({ kind }) => kinds.includes(kind))
  if (found >= 0) select(found)
}

/** The next event in sight of the same actor, or of any. */
function step(by: 1 | -1, anyActor: boolean): void {
  const { rows, rowOf, run, selected, top } = model()
  let row = selected < 0 ? model().rowAt(top) - by : (rowOf[selected] ?? 0)
  do row += by
  while (!anyActor && selected >= 0 && rows[row] !== undefined && run.actorOf[rows[row] as number] !== run.actorOf[selected])
  const next = rows[row]
  if (next !== undefined) select(next)
}

function toPartner(kind: 'sent' | 'received'): void {
  const { run, selected } = model()
  const partner = run.partner[selected] ?? -1
  if (partner >= 0 && run.records[partner]?.kind === kind) select(partner)
}

/** The event at a place of the canvas; -1 where there is none. */
function recordAt(x: number, y: number): number {
  const one = model()
  if (y < headHeight || !drawn) return -1
  const inside = y - headHeight + one.top
  let best = -1
  let bestDistance = 14 * 14
  for (let row = Math.max(0, one.rowAt(inside - 14) - 1); row < one.rows.length; row++) {
    const i = one.rows[row] as number
    const dy = one.yOf(i) - inside
    if (dy > 14) break
    const column = one.columns.indexOf(one.run.actorOf[i] as number)
    const dx = gutter + (column + 0.5) * drawn.columnWidth - left - x
    // Labels stand in their event's row: there the row counts and not the column.
    const distance = one.axis === 'order' && one.zoom >= 12 ? dy * dy * 4 + Math.min(60, Math.abs(dx) / 10) : dx * dx + dy * dy
    if (distance < bestDistance) [best, bestDistance] = [i, distance]
  }
  return best
}

function hover(x: number, y: number): void {
  const found = x < 0 ? -1 : recordAt(x, y)
  const tip = element('tip')
  const record = model().run.records[found]
  tip.hidden = !record
  if (record) {
    tip.textContent = `${record.at.toFixed(3)} ms · ${record.actor}#${record.incarnation} · ${record.type ?? record.kind} ${record.method ?? ''} ${record.detail ?? ''}`
    tip.style.left = `${Math.min(x + 16, diagram.getBoundingClientRect().width - 300)}px`
    tip.style.top = `${y + 16}px`
  }
  diagram.style.cursor = record ? 'pointer' : 'default'
  if (found !== hovered) {
    hovered = found
    draw()
  }
}

async function compareWith(text: Promise<string>, name: string): Promise<void> {
  const banner = element('banner')
  try {
    files[1] = parseTrace(await text)
    files.length = 2
    compare()
  } catch (error) {
    banner.hidden = false
    banner.replaceChildren(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Finds where two runs part, and says so. */
function compare(): void {
  open()
  const [a, b] = models
  if (!a || !b) return
  divergence = firstDivergence(a.run.records, b.run.records)
  const banner = element('banner')
  banner.hidden = false
  element('swap').hidden = false
  if (!divergence) return banner.replaceChildren('Both runs are the same, record for record.')
  banner.replaceChildren(button('Show', 'Where the runs part (d)', toDivergence), make('pre', {}, formatDivergence(divergence)))
  toDivergence()
}

function toDivergence(): void {
  if (divergence) select(Math.min(divergence.at, model().run.records.length - 1))
}

function swap(): void {
  if (models.length < 2) return
  const before = model()
  shown = 1 - shown
  element('swap').textContent = `Run ${shown === 0 ? 'A' : 'B'}`
  Object.assign(model(), {
    zoom: before.zoom,
    top: before.top,
    axis: before.axis,
    selected: Math.min(before.selected, model().run.records.length - 1),
  })
  showRun()
}

function showRun(): void {
  showFilters(model(), actions)
  showDetails(model(), actions)
  element('violation').disabled = !model().run.records.some(({ kind }) => kind === 'violation')
  element('crash').disabled = !model().run.records.some(({ kind }) => kind === 'crashed' || kind === 'fault')
  search(false)
  scrollTo(model().top)
}

function open(): void {
  models = files.map(({ header, records }) => createModel(readRun(header, records)))
  shown = 0
  showRun()
}

listen({
  diagram,
  map,
  scrollBy: (pixels) => scrollTo(model().top + pixels),
  slideBy: (pixels) => slide(left + pixels),
  scrollToShare: (share) => scrollTo(share * model().height() - sightHeight() / 2),
  scrollToEnd: (end) => scrollTo(end ? model().height() : 0),
  pageHeight: sightHeight,
  zoomBy,
  fit,
  turnAxis,
  hover,
  selectAt: (x, y) => select(recordAt(x, y)),
  step,
  toPartner,
  search,
  nextMatch,
  toViolation: () => jumpToKind(['violation'], -1),
  toCrash: () => jumpToKind(['crashed', 'fault'], model().selected),
  followRequest: () => follow({ request: model().run.records[model().selected]?.request ?? '' }),
  followObject: () => follow({ object: model().run.records[model().selected]?.objects?.[0] ?? '' }),
  followText: (object) => follow({ object }),
  release: () => (model().filter.request || model().filter.object ? follow({}) : select(-1)),
  swap,
  toDivergence,
  compareWith: (text, name) => void compareWith(text, name),
  redraw: () => scrollTo(model().top),
  recolour: () => {
    palette = readPalette()
    draw()
  },
})

open()
if (files.length > 1) compare()
