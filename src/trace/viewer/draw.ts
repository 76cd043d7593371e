/**
 * Draws the diagram and the map beside it. Only what is in sight is drawn: rows between the upper and the lower edge and
 * the arrows that touch them; where rows are thinner than a pixel, one mark for all that fall on it, and of the arrows an
 * even choice.
 */
import { type TraceRecord, titleOf } from '../event.js'
import { topicOf } from '../topic.js'
import { browser, type Canvas, type Pen, page } from './dom.js'
import { coneOf, type Model } from './model.js'

/** Height of the band of names, and width of the column of times, in pixels. */
export const headHeight = 122
export const gutter = 76
const arrowsMax = 3_000
const columnWidthMin = 34

export interface Palette {
  of(name: string): string
}

/** The style sheet's colours. */
export function readPalette(): Palette {
  const style = browser.getComputedStyle(page.documentElement)
  const known = new Map<string, string>()
  return {
    of(name) {
      const colour = known.get(name) ?? style.getPropertyValue(`--${name}`).trim()
      known.set(name, colour)
      return colour
    },
  }
}

/** What is drawn besides the model. */
export interface Scene {
  readonly model: Model
  readonly palette: Palette
  /** Pixels the columns are scrolled sideways. */
  readonly left: number
  readonly hovered: number
  readonly matches: ReadonlySet<number>
  /** First record that differs from the other run's; -1 when there is none. */
  readonly divergence: number
}

export interface Drawn {
  readonly width: number
  readonly height: number
  readonly columnWidth: number
  readonly arrows: number
  readonly arrowsInSight: number
}

/** Fits a canvas to its place on the page and returns its pen, in CSS pixels. */
export function preparePen(canvas: Canvas): { pen: Pen; width: number; height: number } {
  const { width, height } = canvas.getBoundingClientRect()
  const ratio = browser.devicePixelRatio
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w
    canvas.height = h
  }
  const pen = canvas.getContext('2d')
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  return { pen, width, height }
}

/** Width of a column when the diagram is this wide. */
export function columnWidthOf(model: Model, width: number): number {
  return Math.max(columnWidthMin, Math.min(170, (width - gutter - 40) / Math.max(1, model.columns.length)))
}

export function drawDiagram(canvas: Canvas, scene: Scene): Drawn {
  const { pen, width, height } = preparePen(canvas)
  const { model, palette } = scene
  const columnWidth = columnWidthOf(model, width)
  const place = new Map(model.columns.map((a, position) => [a, gutter + (position + 0.5) * columnWidth - scene.left]))
  pen.fillStyle = palette.of('bg')
  pen.fillRect(0, 0, width, height)
  pen.save()
  pen.beginPath()
  pen.rect(0, headHeight, width, height - headHeight)
  pen.clip()
  pen.translate(0, headHeight - model.top)
  const sight = { top: model.top, bottom: model.top + height - headHeight, width }
  const firstRow = Math.max(0, model.rowAt(sight.top) - 1)
  const lastRow = Math.min(model.rows.length - 1, model.rowAt(sight.bottom) + 1)
  const shade = shading(scene)
  bands(pen, scene, sight, firstRow, lastRow)
  for (const [a, x] of place) lifeline(pen, scene, a, x, sight)
  const arrows = model.arrows(firstRow, lastRow)
  const drawn = drawArrows(pen, scene, arrows, place, shade)
  drawEvents(pen, scene, { firstRow, lastRow, place, shade, width, height })
  pen.restore()
  drawHead(pen, scene, place, width)
  return { width, height, columnWidth, arrows: drawn, arrowsInSight: arrows.length }
}

type Shade = (record: number) => 'self' | 'past' | 'future' | 'apart' | 'none'

/** How a record stands to the selected one. */
function shading({ model: { run, selected } }: Scene): Shade {
  if (selected < 0) return () => 'none'
  const cone = coneOf(run, selected)
  return (record) => {
    if (record === selected) return 'self'
    const { past = -1, future = 0 } = cone[run.actorOf[record] as number] ?? {}
    const position = (run.indexOf[record] as number) - 1
    return position <= past ? 'past' : position >= future ? 'future' : 'apart'
  }
}

interface Sight {
  readonly top: number
  readonly bottom: number
  readonly width: number
}

/** Across the whole width: violations, and where two runs part. */
function bands(pen: Pen, { model, palette, divergence }: Scene, sight: Sight, firstRow: number, lastRow: number): void {
  for (let row = firstRow; row <= lastRow; row++) {
    const record = model.run.records[model.rows[row] as number]
    if (record?.kind !== 'violation') continue
    const y = model.yOf(model.rows[row] as number)
    pen.fillStyle = palette.of('band')
    pen.fillRect(0, y - Math.max(3, Math.min(12, model.zoom / 2)), sight.width, Math.max(6, Math.min(24, model.zoom)))
  }
  if (divergence < 0) return
  const y = model.yOf(divergence)
  pen.strokeStyle = palette.of('mark')
  pen.lineWidth = 2
  line(pen, 0, y - 1, sight.width, y - 1)
}

function line(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  pen.beginPath()
  pen.moveTo(x1, y1)
  pen.lineTo(x2, y2)
  pen.stroke()
}

/** Solid while an incarnation lives, dotted while none does. */
function lifeline(pen: Pen, { model, palette }: Scene, a: number, x: number, { top, bottom }: Sight): void {
  const { records, actors } = model.run
  const events = actors[a]?.events ?? []
  let from = Number.NEGATIVE_INFINITY
  // Whoever is in the trace before it is seen to start was there when the recording began.
  let alive = records[events[0] ?? 0]?.kind !== 'started'
  const stretch = (to: number): void => {
    const [y1, y2] = [Math.max(top - 5, from), Math.min(bottom + 5, to)]
    if (y2 <= y1) return
    pen.setLineDash(alive ? [] : [2, 6])
    pen.strokeStyle = palette.of(alive ? 'alive' : 'faint')
    pen.lineWidth = 1
    line(pen, x, y1, x, y2)
  }
  for (const i of lifeOf(model, a)) {
    const y = model.yOf(i)
    stretch(y)
    from = y
    alive = records[i]?.kind === 'started'
  }
  stretch(Number.POSITIVE_INFINITY)
  pen.setLineDash([])
}

const lives = new WeakMap<object, readonly number[]>()

/** Starts and ends of an actor, found once. */
function lifeOf(model: Model, a: number): readonly number[] {
  const actor = model.run.actors[a]
  if (!actor) return []
  const found = lives.get(actor) ?? actor.events.filter((i) => ['started', 'crashed', 'stopped'].includes(model.run.records[i]?.kind ?? ''))
  lives.set(actor, found)
  return found
}

const faded = 0.16

function drawArrows(
  pen: Pen,
  { model, palette, hovered }: Scene,
  arrows: readonly number[],
  place: ReadonlyMap<number, number>,
  shade: Shade,
): number {
  const { run } = model
  const step = Math.max(1, Math.ceil(arrows.length / arrowsMax))
  let drawn = 0
  for (let n = 0; n < arrows.length; n += step) {
    const from = arrows[n] as number
    const to = run.partner[from] as number
    const [x1, x2] = [place.get(run.actorOf[from] as number), place.get(run.actorOf[to] as number)]
    if (x1 === undefined || x2 === undefined) continue
    drawn++
    const related = shade(from) !== 'apart' && shade(to) !== 'apart' && sameSide(shade(from), shade(to))
    const strong = [from, to].some((end) => end === model.selected || end === hovered)
    pen.globalAlpha = strong ? 1 : related ? (step > 1 ? 0.35 : 0.75) : faded
    pen.strokeStyle = palette.of(run.records[from]?.type ?? 'cast')
    pen.lineWidth = strong ? 2.2 : 1.1
    const [y1, y2] = [model.yOf(from), model.yOf(to)]
    line(pen, x1, y1, x2, y2)
    if (model.zoom > 5 || strong) arrowHead(pen, x1, y1, x2, y2)
  }
  pen.globalAlpha = 1
  return drawn
}

function sameSide(a: string, b: string): boolean {
  return a === b || a === 'self' || b === 'self'
}

function arrowHead(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  const angle = Math.atan2(y2 - y1, x2 - x1)
  const [x, y] = [x2 - 4 * Math.cos(angle), y2 - 4 * Math.sin(angle)]
  pen.fillStyle = pen.strokeStyle
  pen.beginPath()
  pen.moveTo(x, y)
  pen.lineTo(x - 7 * Math.cos(angle - 0.38), y - 7 * Math.sin(angle - 0.38))
  pen.lineTo(x - 7 * Math.cos(angle + 0.38), y - 7 * Math.sin(angle + 0.38))
  pen.closePath()
  pen.fill()
}

interface EventsInSight {
  readonly firstRow: number
  readonly lastRow: number
  readonly place: ReadonlyMap<number, number>
  readonly shade: Shade
  readonly width: number
  readonly height: number
}

const labelFont = '11px system-ui, "DejaVu Sans", sans-serif'
const labelHeight = 13

function drawEvents(pen: Pen, scene: Scene, { firstRow, lastRow, place, shade, width, height }: EventsInSight): void {
  const { model, palette } = scene
  const { run } = model
  // Where marks would run into each other they are dashes.
  const small = (lastRow - firstRow) * 4 > height
  let labelled = Number.NEGATIVE_INFINITY
  let lastDot = ''
  pen.font = labelFont
  pen.textBaseline = 'middle'
  for (let row = firstRow; row <= lastRow; row++) {
    const i = model.rows[row] as number
    const x = place.get(run.actorOf[i] as number)
    if (x === undefined) continue
    const y = model.yOf(i)
    const record = run.records[i] as TraceRecord
    const side = shade(i)
    // Rows thinner than a pixel share their mark.
    const dot = `${Math.round(y)}/${x}`
    const message = record.kind === 'sent' || record.kind === 'received'
    if (message && dot === lastDot && i !== model.selected) continue
    lastDot = dot
    pen.globalAlpha = side === 'apart' ? faded * 2 : 1
    mark(pen, scene, record, { i, x, y, small, side })
    if (y - labelled < labelHeight && i !== model.selected && i !== scene.hovered) continue
    labelled = y
    pen.textAlign = 'left'
    pen.fillStyle = palette.of('soft')
    pen.fillText(timeText(record.at), 8, y)
    label(pen, scene, record, { i, x, y, width })
  }
  pen.globalAlpha = 1
}

function timeText(at: number): string {
  return `${at < 100_000 ? at.toFixed(3) : at.toFixed(1)}`
}

/** The words beside an event, on a ground of their own so that lines do not run through them. */
function label(
  pen: Pen,
  { model, palette, matches }: Scene,
  record: TraceRecord,
  at: { i: number; x: number; y: number; width: number },
): void {
  const message = record.kind === 'sent' || record.kind === 'received'
  const words = message ? `${record.type} ${record.method ?? ''} ${record.detail ?? ''}` : titleOf(record)
  const room = Math.max(at.width - at.x, at.x - gutter) - 16
  const text = words.slice(0, Math.min(90, Math.floor(room / 5.6)))
  const size = pen.measureText(text).width
  const right = at.x + 9 + size < at.width
  const x = right ? at.x + 9 : at.x - 9 - size
  pen.fillStyle = palette.of(matches.has(at.i) ? 'match' : 'bg')
  const alpha = pen.globalAlpha
  pen.globalAlpha = 0.9
  pen.fillRect(x - 2, at.y - 6.5, size + 4, 13)
  pen.globalAlpha = alpha < 1 ? 0.5 : 1
  pen.fillStyle = message ? palette.of(record.type ?? 'ink') : colourOfLife(palette, record.kind)
  if (at.i === model.selected) pen.fillStyle = palette.of('ink')
  pen.fillText(text, x, at.y + 0.5)
}

function colourOfLife(palette: Palette, kind: string): string {
  switch (kind) {
    case 'crashed':
    case 'violation':
      return palette.of('bad')
    case 'fault':
      return palette.of('fault')
    case 'started':
    case 'ready':
      return palette.of('good')
    default:
      return palette.of('note')
  }
}

function mark(
  pen: Pen,
  { model, palette, hovered }: Scene,
  record: TraceRecord,
  { i, x, y, small, side }: { i: number; x: number; y: number; small: boolean; side: string },
): void {
  const { kind } = record
  if (i === model.selected || i === hovered) {
    pen.strokeStyle = palette.of(i === model.selected ? 'ink' : 'soft')
    pen.lineWidth = 2
    pen.beginPath()
    pen.arc(x, y, 7, 0, 2 * Math.PI)
    pen.stroke()
  }
  if (kind === 'sent' || kind === 'received') {
    pen.fillStyle = side === 'past' || side === 'future' ? palette.of(side) : palette.of(topicOf(record))
    if (small) return pen.fillRect(x - 2, y - 0.5, 4, 1)
    pen.beginPath()
    pen.arc(x, y, kind === 'sent' ? 2.6 : 3.4, 0, 2 * Math.PI)
    pen.fill()
    // Sent and never handled in this run.
    if (kind === 'sent' && (model.run.partner[i] as number) < 0) cross(pen, x + 7, y, 2.5, palette.of('soft'))
    return
  }
  const colour = colourOfLife(palette, kind)
  if (kind === 'crashed' || kind === 'violation') return cross(pen, x, y, 6, colour)
  pen.fillStyle = colour
  pen.beginPath()
  pen.rect(x - 4, y - 4, 8, 8)
  if (kind === 'started') {
    pen.strokeStyle = colour
    pen.lineWidth = 1.6
    pen.stroke()
  } else pen.fill()
}

function cross(pen: Pen, x: number, y: number, size: number, colour: string): void {
  pen.strokeStyle = colour
  pen.lineWidth = size > 4 ? 2.6 : 1.4
  line(pen, x - size, y - size, x + size, y + size)
  line(pen, x - size, y + size, x + size, y - size)
}

function drawHead(pen: Pen, { model, palette }: Scene, place: ReadonlyMap<number, number>, width: number): void {
  pen.fillStyle = palette.of('panel')
  pen.fillRect(0, 0, width, headHeight)
  pen.strokeStyle = palette.of('faint')
  pen.lineWidth = 1
  line(pen, 0, headHeight - 0.5, width, headHeight - 0.5)
  pen.font = '12px system-ui, "DejaVu Sans", sans-serif'
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  const self = model.selected < 0 ? -1 : model.run.actorOf[model.selected]
  for (const [a, x] of place) {
    if (x < gutter - 20 || x > width + 20) continue
    pen.save()
    pen.translate(x, headHeight - 10)
    pen.rotate(-0.66)
    pen.fillStyle = palette.of(a === self ? 'accent' : 'ink')
    pen.fillText(short(model.run.actors[a]?.name ?? ''), 0, 0)
    pen.restore()
  }
  pen.fillStyle = palette.of('panel')
  pen.fillRect(0, 0, gutter - 18, headHeight - 1)
  pen.fillStyle = palette.of('soft')
  pen.fillText('ms', 8, headHeight - 12)
}

function short(name: string): string {
  return name.length > 26 ? `${name.slice(0, 25)}…` : name
}

/** The whole run in one strip: how much happens where, faults, matches, and what is in sight. */
export function drawMap(canvas: Canvas, scene: Scene): void {
  const { pen, width, height } = preparePen(canvas)
  const { model, palette, matches } = scene
  const { run } = model
  pen.fillStyle = palette.of('panel')
  pen.fillRect(0, 0, width, height)
  const total = Math.max(1, model.height())
  pen.drawImage(thumbnailOf(scene, width, height, total), 0, 0, width, height)
  const marks: (readonly [y: number, colour: string])[] = []
  for (const i of eventfulOf(model)) {
    if ((model.rowOf[i] ?? -1) >= 0) marks.push([(model.yOf(i) / total) * height, colourOfLife(palette, run.records[i]?.kind ?? '')])
  }
  pen.fillStyle = palette.of('mark')
  for (const i of matches) if ((model.rowOf[i] ?? -1) >= 0) pen.fillRect(0, (model.yOf(i) / total) * height - 1, 14, 2)
  for (const [y, colour] of marks) {
    pen.fillStyle = colour
    pen.fillRect(width - 16, y - 1, 16, 3)
  }
  const seen = canvas.getBoundingClientRect().height - headHeight
  const [top, size] = [(model.top / total) * height, Math.max(6, (seen / total) * height)]
  pen.strokeStyle = palette.of('accent')
  pen.lineWidth = 2
  pen.strokeRect(1, Math.min(height - 7, top) + 1, width - 2, Math.min(height - 2, size) - 2)
  if (model.selected >= 0) {
    pen.fillStyle = palette.of('ink')
    pen.fillRect(0, (model.yOf(model.selected) / total) * height - 1, width, 2)
  }
}

let thumbnail: { readonly of: string; readonly rows: Int32Array; readonly palette: Palette; readonly image: Canvas } | undefined

/** The run at a glance: a mark where an actor does something. Drawn once for each choice of rows. */
function thumbnailOf({ model, palette }: Scene, width: number, height: number, total: number): Canvas {
  const of = `${width}x${height} ${model.axis}`
  if (thumbnail?.of === of && thumbnail.rows === model.rows && thumbnail.palette === palette) return thumbnail.image
  const image = page.createElement('canvas') as Canvas
  const ratio = browser.devicePixelRatio
  image.width = Math.round(width * ratio)
  image.height = Math.round(height * ratio)
  const pen = image.getContext('2d')
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  const { run, rows, columns } = model
  const cell = (width - 10) / Math.max(1, columns.length)
  const place = new Map(columns.map((a, position) => [a, 5 + position * cell]))
  pen.globalAlpha = rows.length > height * 4 ? 0.25 : 0.6
  for (const i of rows) {
    const x = place.get(run.actorOf[i] as number)
    if (x === undefined) continue
    pen.fillStyle = palette.of(topicOf(run.records[i] as TraceRecord))
    pen.fillRect(x, (model.yOf(i) / total) * height, Math.max(1, cell - 0.5), 1)
  }
  thumbnail = { of, rows, palette, image }
  return image
}

const eventful = new WeakMap<object, readonly number[]>()

/** Faults, crashes and violations of a run, found once. */
function eventfulOf({ run }: Model): readonly number[] {
  const known = eventful.get(run)
  if (known) return known
  const found = [...run.records.keys()].filter((i) => ['crashed', 'fault', 'violation'].includes(run.records[i]?.kind ?? ''))
  eventful.set(run, found)
  return found
}
