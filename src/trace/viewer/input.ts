/** What keys, pointer, wheel and buttons of the page mean; what they do is main.ts'. */
import { browser, type Canvas, element, type InputEvent, page } from './dom.js'
import { headHeight } from './draw.js'

export interface Commands {
  readonly diagram: Canvas
  readonly map: Canvas
  scrollBy(pixels: number): void
  slideBy(pixels: number): void
  /** 0 to 1 of the whole run. */
  scrollToShare(share: number): void
  scrollToEnd(end: boolean): void
  pageHeight(): number
  zoomBy(factor: number, at?: number): void
  fit(): void
  turnAxis(): void
  /** Outside with negative coordinates. */
  hover(x: number, y: number): void
  selectAt(x: number, y: number): void
  step(by: 1 | -1, anyActor: boolean): void
  toPartner(kind: 'sent' | 'received'): void
  search(): void
  nextMatch(by: 1 | -1): void
  toViolation(): void
  toCrash(): void
  followRequest(): void
  followObject(): void
  followText(object: string): void
  release(): void
  swap(): void
  toDivergence(): void
  compareWith(text: Promise<string>, name: string): void
  redraw(): void
  recolour(): void
}

const lineHeight = 18

/** Listens to everything. */
export function listen(commands: Commands): void {
  listenToPointer(commands)
  listenToControls(commands)
  browser.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    const run = keyOf(event, commands)
    if (!run) return
    event.preventDefault()
    run()
  })
  browser.addEventListener('resize', () => commands.redraw())
  browser.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => commands.recolour())
}

/** Keys belong to the field that has the focus; Escape leaves it. */
function isTyping({ key, target }: InputEvent): boolean {
  const field = target.tagName === 'SELECT' || (target.tagName === 'INPUT' && target.type !== 'checkbox')
  const pressing = (target.tagName === 'BUTTON' || target.tagName === 'SUMMARY') && (key === 'Enter' || key === ' ')
  if (field && key === 'Escape') target.blur()
  return field || pressing
}

function keyOf({ key, shiftKey }: InputEvent, commands: Commands): (() => void) | undefined {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => commands.step(1, shiftKey),
    ArrowUp: () => commands.step(-1, shiftKey),
    ArrowLeft: () => commands.toPartner('sent'),
    ArrowRight: () => commands.toPartner('received'),
    PageDown: () => commands.scrollBy(commands.pageHeight() * 0.9),
    PageUp: () => commands.scrollBy(-commands.pageHeight() * 0.9),
    Home: () => commands.scrollToEnd(false),
    End: () => commands.scrollToEnd(true),
    '+': () => commands.zoomBy(1.35),
    '=': () => commands.zoomBy(1.35),
    '-': () => commands.zoomBy(1 / 1.35),
    '0': () => commands.fit(),
    t: () => commands.turnAxis(),
    '/': () => element('search').select(),
    n: () => commands.nextMatch(1),
    N: () => commands.nextMatch(-1),
    v: () => commands.toViolation(),
    c: () => commands.toCrash(),
    r: () => commands.followRequest(),
    o: () => commands.followObject(),
    x: () => commands.swap(),
    d: () => commands.toDivergence(),
    '?': () => element('keys').showModal(),
    Escape: () => commands.release(),
  }
  return keys[key]
}

function listenToPointer(commands: Commands): void {
  const { diagram, map } = commands
  diagram.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const unit = event.deltaMode === 1 ? lineHeight : event.deltaMode === 2 ? commands.pageHeight() : 1
      if (event.ctrlKey || event.metaKey) return commands.zoomBy(Math.exp(-event.deltaY * unit * 0.002), event.offsetY - headHeight)
      if (event.shiftKey) return commands.slideBy((event.deltaY || event.deltaX) * unit)
      commands.scrollBy(event.deltaY * unit)
      if (event.deltaX !== 0) commands.slideBy(event.deltaX * unit)
    },
    { passive: false },
  )
  let dragged: { x: number; y: number; moved: boolean } | undefined
  diagram.addEventListener('pointerdown', (event) => {
    dragged = { x: event.offsetX, y: event.offsetY, moved: false }
  })
  diagram.addEventListener('pointermove', (event) => {
    if (!dragged || event.buttons === 0) return commands.hover(event.offsetX, event.offsetY)
    const [dx, dy] = [dragged.x - event.offsetX, dragged.y - event.offsetY]
    if (!dragged.moved && Math.abs(dx) + Math.abs(dy) < 5) return
    diagram.setPointerCapture(event.pointerId)
    commands.scrollBy(dy)
    commands.slideBy(dx)
    dragged = { x: event.offsetX, y: event.offsetY, moved: true }
  })
  diagram.addEventListener('pointerup', (event) => {
    if (dragged && !dragged.moved) commands.selectAt(event.offsetX, event.offsetY)
    dragged = undefined
  })
  diagram.addEventListener('pointerleave', () => commands.hover(-1, -1))
  const jump = (event: InputEvent) => {
    if (event.buttons === 0) return
    map.setPointerCapture(event.pointerId)
    commands.scrollToShare(event.offsetY / map.getBoundingClientRect().height)
  }
  map.addEventListener('pointerdown', jump)
  map.addEventListener('pointermove', jump)
}

function listenToControls(commands: Commands): void {
  const click = (id: string, run: () => void) => element(id).addEventListener('click', run)
  click('violation', commands.toViolation)
  click('crash', commands.toCrash)
  click('axis', commands.turnAxis)
  click('zoom-in', () => commands.zoomBy(1.6))
  click('zoom-out', () => commands.zoomBy(1 / 1.6))
  click('fit', commands.fit)
  click('swap', commands.swap)
  click('help', () => element('keys').showModal())
  click('search-next', () => commands.nextMatch(1))
  click('search-previous', () => commands.nextMatch(-1))
  const search = element('search')
  search.addEventListener('input', () => commands.search())
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    commands.nextMatch(event.shiftKey ? -1 : 1)
  })
  const object = element('object')
  object.addEventListener('change', () => commands.followText(object.value.trim()))
  const other = element('other')
  other.addEventListener('change', () => {
    const file = other.files?.[0]
    if (file) commands.compareWith(file.text(), file.name)
    // The same file may be chosen again.
    other.value = ''
    page.activeElement?.blur()
  })
}
