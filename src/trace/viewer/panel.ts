/** The panel beside the diagram: what is known of the selected event, and the filters. */
import { isMessage, type TraceRecord, titleOf } from '../event.js'
import { clockOf } from '../run.js'
import { topicOf } from '../topic.js'
import { button, type Element, element, make } from './dom.js'
import type { Model } from './model.js'

/** What the panel asks of the viewer. */
export interface PanelActions {
  select(record: number): void
  follow(what: { readonly request?: string; readonly object?: string }): void
  /** The filter was changed. */
  filtered(): void
}

/** Shows the selected event, or how to begin. */
export function showDetails(model: Model, actions: PanelActions): void {
  const place = element('details')
  const i = model.selected
  const record = model.run.records[i]
  if (!record) return place.replaceChildren(...overview(model))
  const partner = model.run.partner[i] ?? -1
  const buttons: Element[] = []
  if (partner >= 0)
    buttons.push(
      button(record.kind === 'sent' ? 'Where it arrives →' : '← Where it was sent', 'Arrow keys do it too', () => actions.select(partner)),
    )
  const { request } = record
  if (request) buttons.push(button('Follow request', 'Only this call or stream (r)', () => actions.follow({ request })))
  for (const object of record.objects?.slice(0, 4) ?? [])
    buttons.push(button(`Follow ${object}`, 'Only what names it (o)', () => actions.follow({ object })))
  const fate =
    record.kind === 'sent' && partner < 0 ? 'Not handled in this run: its receiver died first, refused it, or the run ended.' : ''
  place.replaceChildren(
    make('h2', {}, titleOf(record)),
    make('p', {}, isMessage(record) ? (record.detail ?? '') : ''),
    make('p', {}, fate),
    make('div', { class: 'actions' }, ...buttons),
    make('dl', {}, ...facts(model, i, record, partner)),
    make('strong', {}, 'Vector clock'),
    clock(model, i, record),
    make('p', {}, 'Blue: happened before. Orange: happened after. Faded: concurrent.'),
  )
}

function overview({ run, rows }: Model): Element[] {
  const { records, actors } = run
  const count = (kind: string) => records.filter((record) => record.kind === kind).length
  const fact = (name: string, value: string) => [make('dt', {}, name), make('dd', {}, value)]
  return [
    make('h2', {}, `${records.length.toLocaleString('en')} events of ${actors.length} actors`),
    make('p', {}, 'Click an event, or walk with the arrow keys. Press ? for all keys.'),
    make(
      'dl',
      {},
      ...fact('Time', `${((records.at(-1)?.at ?? 0) - (records[0]?.at ?? 0)).toFixed(1)} ms`),
      ...fact('Messages', count('received').toLocaleString('en')),
      ...fact('Faults', String(count('fault'))),
      ...fact('Crashes', String(count('crashed'))),
      ...fact('Violations', String(count('violation'))),
      ...fact('Shown', rows.length.toLocaleString('en')),
    ),
  ]
}

function facts({ run }: Model, i: number, record: TraceRecord, partner: number): Element[] {
  const other = run.records[partner]
  const travel = other ? `${Math.abs(other.at - record.at).toFixed(3)} ms` : undefined
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Actor', `${record.actor}, incarnation ${record.incarnation}`],
    ['Event', `${run.indexOf[i]} of the actor, ${i + 1} of the run`],
    ['Time', `${record.at.toFixed(3)} ms`],
    [record.kind === 'sent' ? 'To' : 'From', record.peer],
    ['On its way', travel],
    ['Type', record.type],
    ['Method', record.method],
    ['Id', record.id === undefined ? undefined : String(record.id)],
    ['Request', record.request],
    ['Span', record.span],
    ['Objects', record.objects?.join(', ')],
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [make('dt', {}, name), make('dd', {}, value)]))
}

function clock({ run }: Model, i: number, record: TraceRecord): Element {
  const entries = Object.entries(clockOf(run, i)).flatMap(([name, entry]) => {
    const own = name === record.actor
    return [make(own ? 'b' : 'span', {}, name), make(own ? 'b' : 'span', {}, String(entry))]
  })
  return make('div', { class: 'clock' }, ...entries)
}

/** Fills the filters for a run. */
export function showFilters(model: Model, actions: PanelActions): void {
  showTypes(model, actions)
  showMethods(model, actions)
  showActors(model, actions)
  const objects = new Set(model.run.records.flatMap(({ objects }) => objects ?? []))
  element('objects').replaceChildren(...[...objects].sort().map((object) => make('option', { value: object })))
}

function showTypes({ run, filter }: Model, actions: PanelActions): void {
  const counts = new Map<string, number>()
  for (const record of run.records) counts.set(topicOf(record), (counts.get(topicOf(record)) ?? 0) + 1)
  const chips = [...counts].map(([type, count]) => {
    const chip = button(`${type === 'life' ? 'starts, ends, faults' : type} ${count.toLocaleString('en')}`, `Show or hide ${type}`, () => {
      if (!filter.hiddenTypes.delete(type)) filter.hiddenTypes.add(type)
      chip.setAttribute('aria-pressed', String(!filter.hiddenTypes.has(type)))
      actions.filtered()
    })
    chip.setAttribute('aria-pressed', String(!filter.hiddenTypes.has(type)))
    chip.style.setProperty('--dot', `var(--${type === 'life' ? 'good' : type})`)
    return chip
  })
  element('types').replaceChildren(...chips)
}

function showMethods({ run, filter }: Model, actions: PanelActions): void {
  const methods = new Set(run.records.flatMap(({ method }) => method ?? []))
  const select = element('method')
  select.replaceChildren(
    make('option', { value: '' }, 'any'),
    ...[...methods].sort().map((method) => make('option', { value: method }, method)),
  )
  select.value = filter.method
  bind(select, 'change', () => {
    filter.method = select.value
    actions.filtered()
  })
}

function showActors({ run, filter }: Model, actions: PanelActions): void {
  const boxes: Element[] = []
  const lines = run.actors.map(({ name, events }) => {
    const box = make('input', { type: 'checkbox' })
    box.checked = !filter.hiddenActors.has(name)
    box.addEventListener('change', () => {
      if (box.checked) filter.hiddenActors.delete(name)
      else filter.hiddenActors.add(name)
      actions.filtered()
    })
    boxes.push(box)
    return make('label', {}, box, name, make('span', {}, events.length.toLocaleString('en')))
  })
  element('actors').replaceChildren(...lines)
  const all = (shown: boolean) => {
    for (const { name } of run.actors)
      if (shown) filter.hiddenActors.delete(name)
      else filter.hiddenActors.add(name)
    for (const box of boxes) box.checked = shown
    actions.filtered()
  }
  bind(element('all-actors'), 'click', () => all(true))
  bind(element('no-actors'), 'click', () => all(false))
}

const bound = new WeakMap<Element, Map<string, () => void>>()

/** Like addEventListener, but the last listener of a kind is the only one: filters are filled anew for another run. */
function bind(target: Element, type: string, run: () => void): void {
  const known = bound.get(target) ?? new Map<string, () => void>()
  bound.set(target, known)
  if (!known.has(type))
    target.addEventListener(type, (event) => {
      if (type === 'click') event.preventDefault()
      known.get(type)?.()
    })
  known.set(type, run)
}
