/**
 * Chromium, headless, for tests of pages: $CHROMIUM, else the one on the PATH. Spoken to over the DevTools protocol. Tests
 * that need it skip with `noChromium` where there is none; with TROUPE_REQUIRE_TOOLS set its absence fails them instead.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { WebSocket } from 'ws'

function chromiumPath(): string | undefined {
  if (process.env['CHROMIUM']) return process.env['CHROMIUM']
  const dirs = (process.env['PATH'] ?? '').split(delimiter)
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => dirs.map((dir) => join(dir, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** For tap's `skip`: the reason when there is no Chromium and the run does not demand one, else false. */
export function noChromium(): string | false {
  return chromiumPath() || process.env['TROUPE_REQUIRE_TOOLS'] ? false : 'there is no chromium on the PATH'
}

export interface Page {
  /** The value of an expression in the page; a promise is awaited. Throws what it throws. */
  evaluate<T>(expression: string): Promise<T>
  /** Presses and releases a key: 'v', 'ArrowDown'. */
  press(key: string): Promise<void>
  click(x: number, y: number): Promise<void>
  /** Gives files to an input element. */
  choose(selector: string, path: string): Promise<void>
  /** The window as a PNG. */
  screenshot(): Promise<Buffer>
  /** What the page has complained of: uncaught errors, console errors, requests that failed. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** Opens a page in a browser of its own. Throws where there is no Chromium. */
export async function openPage(url: string, { width = 1500, height = 900 } = {}): Promise<Page> {
  const path = chromiumPath()
  if (!path) throw new Error('Cannot open a page: there is no chromium on the PATH')
  const profile = mkdtempSync(join(tmpdir(), 'troupe-chromium-'))
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0']
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, `--window-size=${width},${height}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let said = ''
  const endpoint = await new Promise<URL>((resolve, reject) => {
    child.once('error', reject)
    void ended.then(() => reject(new Error(`Cannot open a page: chromium ended: ${said}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(said)
      if (found?.[1]) resolve(new URL(found[1]))
    })
  })
  const targets = (await (await fetch(`http://${endpoint.host}/json`)).json()) as { type: string; webSocketDebuggerUrl: string }[]
  const devTools = await connect(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '')
  const { send, complaints } = devTools
  for (const domain of ['Runtime', 'Page', 'Log', 'DOM']) await send(`${domain}.enable`, {})
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
    return (result as { value: T }).value
  }
  for (let there = false; !there; ) {
    // The load that is heard of may be that of the empty page before.
    const loaded = devTools.next('Page.loadEventFired')
    await send('Page.navigate', { url })
    await loaded
    there = await evaluate(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`)
  }
  return {
    complaints,
    evaluate,
    async press(key) {
      await send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...(key.length === 1 ? { text: key } : {}) })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', key })
    },
    async click(x, y) {
      for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased'])
        await send('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 })
    },
    async choose(selector, file) {
      const { root } = await send('DOM.getDocument', {})
      const { nodeId } = await send('DOM.querySelector', { nodeId: (root as { nodeId: number }).nodeId, selector })
      await send('DOM.setFileInputFiles', { nodeId, files: [file] })
    },
    async screenshot() {
      return Buffer.from((await send('Page.captureScreenshot', { format: 'png' }))['data'] as string, 'base64')
    },
    async close() {
      devTools.close()
      child.kill()
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface DevTools {
  send(method: string, params: object): Promise<Record<string, unknown>>
  next(event: string): Promise<void>
  readonly complaints: string[]
  close(): void
}

async function connect(url: string): Promise<DevTools> {
  const socket = new WebSocket(url, { maxPayload: 0 })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const waiting = new Map<number, (message: { result?: Record<string, unknown>; error?: { message: string } }) => void>()
  const events = new Map<string, () => void>()
  const complaints: string[] = []
  let ids = 0
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString())
    if (message.id) return waiting.get(message.id)?.(message)
    events.get(message.method)?.()
    const { type, entry } = message.params ?? {}
    if (message.method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(message.params.exceptionDetails))
    if (message.method === 'Runtime.consoleAPICalled' && ['error', 'assert'].includes(type))
      complaints.push(JSON.stringify(message.params.args))
    if (message.method === 'Log.entryAdded' && entry.level === 'error') complaints.push(JSON.stringify(entry))
  })
  return {
    complaints,
    send: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++ids
        waiting.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {})))
        socket.send(JSON.stringify({ id, method, params }))
      }),
    next: (event) => new Promise((resolve) => events.set(event, resolve)),
    close: () => socket.close(),
  }
}
