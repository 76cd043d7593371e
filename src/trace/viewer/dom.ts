/**
 * The browser as far as the viewer uses it. The types are spelled out here because the rest of the project must not see
 * a browser's globals: with the DOM's library in the compilation, a slip to one of them would go unnoticed everywhere.
 */
export interface Style {
  setProperty(name: string, value: string): void
  getPropertyValue(name: string): string
  left: string
  top: string
  cursor: string
}

export interface Element {
  textContent: string | null
  value: string
  hidden: boolean
  disabled: boolean
  checked: boolean
  type: string
  title: string
  className: string
  readonly style: Style
  readonly files: ArrayLike<{ text(): Promise<string>; readonly name: string }> | null
  readonly tagName: string
  append(...children: (Element | string)[]): void
  replaceChildren(...children: (Element | string)[]): void
  setAttribute(name: string, value: string): void
  addEventListener(type: string, listener: (event: InputEvent) => void, options?: { passive: boolean }): void
  focus(): void
  blur(): void
  select(): void
  showModal(): void
  getBoundingClientRect(): { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
}

export interface Canvas extends Element {
  width: number
  height: number
  getContext(kind: '2d'): Pen
  setPointerCapture(id: number): void
}

/** CanvasRenderingContext2D. */
export interface Pen {
  fillStyle: string
  strokeStyle: string
  globalAlpha: number
  lineWidth: number
  font: string
  textBaseline: string
  textAlign: string
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void
  setLineDash(segments: readonly number[]): void
  clearRect(x: number, y: number, width: number, height: number): void
  fillRect(x: number, y: number, width: number, height: number): void
  strokeRect(x: number, y: number, width: number, height: number): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  rect(x: number, y: number, width: number, height: number): void
  arc(x: number, y: number, radius: number, from: number, to: number): void
  fill(): void
  stroke(): void
  clip(): void
  save(): void
  restore(): void
  translate(x: number, y: number): void
  rotate(angle: number): void
  fillText(text: string, x: number, y: number): void
  drawImage(image: Canvas, x: number, y: number, width: number, height: number): void
  measureText(text: string): { readonly width: number }
}

/** What is used of pointer, wheel and keyboard events. */
export interface InputEvent {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly deltaX: number
  readonly deltaY: number
  readonly deltaMode: number
  readonly offsetX: number
  readonly offsetY: number
  readonly buttons: number
  readonly pointerId: number
  readonly target: Element
  preventDefault(): void
}

interface Document {
  readonly documentElement: Element
  readonly activeElement: Element | null
  getElementById(id: string): Element | null
  createElement(name: string): Element
}

interface Window {
  readonly devicePixelRatio: number
  addEventListener(type: string, listener: (event: InputEvent) => void): void
  requestAnimationFrame(run: () => void): number
  getComputedStyle(element: Element): Style
  matchMedia(query: string): { addEventListener(type: 'change', listener: () => void): void }
}

declare const document: Document
declare const window: Window

export const browser = window
export const page = document

/** The element of the page with this id; it is there, or the page is not ours. */
export function element(id: string): Element {
  const found = document.getElementById(id)
  if (!found) throw new Error(`Cannot show the run: the page has no "${id}"`)
  return found
}

/** A new element with text or children, and attributes. */
export function make(name: string, attributes: Readonly<Record<string, string>>, ...children: (Element | string)[]): Element {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children)
  return made
}

/** A button that does something. */
export function button(text: string, title: string, run: () => void): Element {
  const made = make('button', { type: 'button', title }, text)
  made.addEventListener('click', run)
  return made
}
