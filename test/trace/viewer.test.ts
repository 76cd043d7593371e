/** The viewer in a real browser: a simulated run that fails, and one of more events than fit any screen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { nodes } from '../../src/client/resources.js'
import { readViewerScript } from '../../src/trace/drivers/viewer-script.js'
import type { TraceFile, TraceRecord } from '../../src/trace/event.js'
import { formatTrace } from '../../src/trace/file.js'
import { formatHtml } from '../../src/trace/html.js'
import { packTrace, unpackTrace } from '../../src/trace/pack.js'
import { noChromium, openPage, type Page } from './chromium.js'
import { recordRun } from './recorded-run.js'

const dir = mkdtempSync(join(tmpdir(), 'troupe-viewer-'))
t.teardown(() => rmSync(dir, { recursive: true }))
const script = await readViewerScript()
const failing = await recordRun('7', async ({ kill, until, client }) => {
  await until('there are nodes', async () => (await client.list(nodes, {})).items.length > 0)
  kill('apiserver')
  throw new CodedError('Violated', 'Pod "web-1" is bound twice </script>')
})

async function open(t: { teardown(run: () => Promise<void>): void }, file: TraceFile, other?: TraceFile): Promise<Page> {
  const path = join(dir, `${file.header.seed}.html`)
  writeFileSync(path, formatHtml(file, { script, ...(other ? { other } : {}) }))
  const page = await openPage(pathToFileURL(path).href)
  t.teardown(() => page.close())
  await drawn(page)
  return page
}

/** Waits until what was asked for is on the canvas. */
const drawn = (page: Page) => page.evaluate('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))')
const text = (page: Page, id: string) => page.evaluate<string>(`document.getElementById(${JSON.stringify(id)}).textContent`)
const press = async (page: Page, key: string) => {
  await page.press(key)
  await drawn(page)
}
const type = (page: Page, id: string, words: string, event: string) =>
  page.evaluate(
    `{ const field = document.getElementById('${id}'); field.value = ${JSON.stringify(words)}; field.dispatchEvent(new Event('${event}')) }`,
  )

/** Pixels of a canvas that differ from the one in its lower left corner, and how many colours there are. */
const ink = (page: Page, id: string) =>
  page.evaluate<{ pixels: number; colours: number }>(`{
    const canvas = document.getElementById('${id}')
    const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
    const ground = data[data.length - canvas.width]
    ;({ pixels: data.filter((pixel) => pixel !== ground).length, colours: new Set(data).size })
  }`)

t.test('a packed trace is the same trace', async (t) => {
  t.equal(formatTrace(unpackTrace(JSON.parse(JSON.stringify(packTrace(failing))))), formatTrace(failing))
})

t.test('the page stands alone', async (t) => {
  const html = formatHtml(failing, { script })
  t.notMatch(html, /(src|href)="(?!data:)/)
  t.notMatch(html, /https?:\/\//)
  t.equal(html.match(/<\/script/g)?.length, 2, 'nothing in the data ends a script')
})

t.test('Chromium shows a run that failed', { skip: noChromium() }, async (t) => {
  const page = await open(t, failing)
  t.match(
    await text(page, 'status'),
    new RegExp(`${failing.records.length.toLocaleString('en')} of ${failing.records.length.toLocaleString('en')} events`),
  )
  const { pixels, colours } = await ink(page, 'diagram')
  t.ok(pixels > 20_000 && colours > 20, `the diagram is drawn: ${pixels} pixels, ${colours} colours`)
  t.ok((await ink(page, 'map')).pixels > 1_000, 'so is the map')

  await press(page, 'v')
  t.match(await text(page, 'details'), /violation: Pod "web-1" is bound twice <\/script>/, 'the first violation is found')
  await press(page, 'Escape')
  await press(page, 'c')
  t.match(await text(page, 'details'), /fault: killed by the scenario/)

  await type(page, 'search', 'POST /apis/coordination', 'input')
  const total = Number(/of (\d+)$/.exec(await text(page, 'found'))?.[1])
  const expected = failing.records.filter(({ detail, type }) => detail?.startsWith('POST /apis/coordination') && type === 'call').length
  t.equal(total, expected, 'search finds all')
  t.match(await text(page, 'details'), /call request/)
  t.match(await text(page, 'details'), /Vector clock/)
  await type(page, 'search', '', 'input')

  const request = failing.records[Number(/([\d,]+) of the run/.exec(await text(page, 'details'))?.[1]?.replace(',', '')) - 1]?.request
  const story = failing.records.filter((record) => record.request === request)
  await press(page, 'r')
  t.match(await text(page, 'status'), `following request ${request}`)
  const shown = Number(/^([\d,]+) of/.exec(await text(page, 'status'))?.[1]?.replace(',', ''))
  t.ok(shown >= story.length && shown < failing.records.length / 4, `${shown} events are shown of a request of ${story.length}`)
  const receiving = (await text(page, 'details')).includes('received')
  await press(page, receiving ? 'ArrowLeft' : 'ArrowRight')
  t.match(
    await text(page, 'details'),
    receiving ? /sent call request to apiserver/ : /received call request from/,
    'the other end of the message',
  )
  await press(page, 'Escape')
  await press(page, 't')
  t.match(await text(page, 'status'), /to scale/)
  await press(page, '0')
  t.ok((await ink(page, 'diagram')).pixels > 5_000)
  if (process.env['SCREENSHOT']) writeFileSync(process.env['SCREENSHOT'], await page.screenshot())
  t.same(page.complaints, [], 'and nothing was complained of')
})

t.test('a second run is compared, and a damaged one refused', { skip: noChromium() }, async (t) => {
  const at = Math.floor(failing.records.length / 2)
  const changed = failing.records.map((record, i): TraceRecord => (i === at ? { ...record, detail: 'something else' } : record))
  const other = { header: failing.header, records: changed }
  const page = await open(t, { ...failing, header: { ...failing.header, seed: 'a' } }, other)
  t.match(await text(page, 'banner'), new RegExp(`The runs part at record ${at + 1} in detail`))
  t.match(await text(page, 'details'), new RegExp(`${at + 1} of the run`))
  await press(page, 'x')
  t.match(await text(page, 'details'), /something else/)
  t.match(await text(page, 'status'), /run B of two/)

  const file = join(dir, 'same.ndjson')
  writeFileSync(file, formatTrace(failing))
  await page.choose('#other', file)
  await page.evaluate(
    `new Promise((r) => { const look = () => document.getElementById('banner').textContent.includes('the same') ? r() : setTimeout(look, 10); look() })`,
  )
  writeFileSync(file, formatTrace(failing).replace('"troupeTrace":1', '"troupeTrace":9'))
  await page.choose('#other', file)
  await page.evaluate(
    `new Promise((r) => { const look = () => document.getElementById('banner').textContent.includes('version 9') ? r() : setTimeout(look, 10); look() })`,
  )
  t.same(page.complaints, [])
})

t.test('sixty thousand events are scrolled, zoomed and searched', { skip: noChromium() }, async (t) => {
  const page = await open(t, manyEvents(60_000))
  t.match(await text(page, 'status'), /60,000 of 60,000 events/)
  const began = performance.now()
  for (const key of ['End', 'PageUp', '0', 'Home', '+', '+', 't', '0', 't']) await press(page, key)
  t.comment(`nine views in ${Math.round(performance.now() - began)} ms`)
  await press(page, '0')
  t.match(await text(page, 'status'), /arrows in sight are drawn/)
  await type(page, 'search', 'number 29001', 'input')
  t.match(await text(page, 'found'), /1 of 2/)
  await drawn(page)
  await page.click(300, 500)
  await drawn(page)
  t.match(await text(page, 'details'), /Vector clock/, 'a click selects what is there')
  t.same(page.complaints, [])
})

/** Actors that pass messages around a ring. */
function manyEvents(events: number): TraceFile {
  const width = 24
  const clocks = Array.from({ length: width }, () => new Array<number>(width).fill(0))
  const records: TraceRecord[] = []
  for (let i = 0; records.length < events; i++) {
    const [from, to] = [i % width, (i * 7 + 1) % width]
    if (from === to) continue
    const [sender, receiver] = [clocks[from] ?? [], clocks[to] ?? []]
    const common = { incarnation: 1, type: 'cast' as const, method: 'pass', detail: `number ${i}` }
    sender[from] = (sender[from] ?? 0) + 1
    records.push({ ...common, at: i, actor: `actor-${from}`, slot: from, kind: 'sent', peer: `actor-${to}`, clock: sender.slice() })
    for (const [slot, entry] of sender.entries()) receiver[slot] = Math.max(receiver[slot] ?? 0, entry)
    receiver[to] = (receiver[to] ?? 0) + 1
    records.push({
      ...common,
      at: i + 0.5,
      actor: `actor-${to}`,
      slot: to,
      kind: 'received',
      peer: `actor-${from}`,
      sent: sender[from] ?? 0,
      clock: receiver.slice(),
    })
  }
  return { header: { troupeTrace: 1, source: 'simulation', epochMs: 0, seed: 'many' }, records: records.slice(0, events) }
}
