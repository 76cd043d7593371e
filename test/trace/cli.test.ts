/** `troupe trace` as a command: what it takes, what it refuses and how, a simulated run and a running cluster. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseTrace } from '../../src/trace/file.js'
import { readRun } from '../../src/trace/run.js'

const dir = mkdtempSync(join(tmpdir(), 'troupe-trace-'))
t.teardown(() => rmSync(dir, { recursive: true }))
const main = new URL('../../src/cli/main.js', import.meta.url).pathname
const env = { ...process.env, NODE_OPTIONS: '', TROUPE_STATE_DIR: join(dir, 'state') }

function troupe(
  args: readonly string[],
  onStderr: (text: string) => void = () => {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => {
      stderr += chunk
      onStderr(stderr)
    })
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const file = (name: string) => join(dir, name)

t.test('a simulated run is exported, read again, and compared', async (t) => {
  const exported = await troupe(['trace', 'export', '--seed', '3', '-o', file('3.ndjson')])
  t.equal(exported.code, 0)
  t.match(exported.stderr, /\d+ events to/)
  t.equal(exported.stdout, '')
  const { header, records } = parseTrace(readFileSync(file('3.ndjson'), 'utf8'))
  t.match(header, { source: 'simulation', seed: '3' })
  const [html, perfetto, other] = await Promise.all([
    troupe(['trace', 'export', '--input', file('3.ndjson'), '--format', 'html', '--compare', file('3.ndjson')]),
    troupe(['trace', 'export', '--input', file('3.ndjson'), '--format', 'perfetto']),
    troupe(['trace', 'diff', file('3.ndjson'), 'seed:3', '--json']),
  ])
  t.match(html.stdout, /^<!doctype html>/)
  t.ok(html.stdout.endsWith('</html>\n'))
  t.ok(JSON.parse(perfetto.stdout).traceEvents.length > records.length)
  t.equal(other.code, 0)
  t.same(JSON.parse(other.stdout), { same: true, records: [records.length, records.length] })

  const lines = readFileSync(file('3.ndjson'), 'utf8').split('\n')
  lines[100] = (lines[100] ?? '').replace(/"incarnation":1/, '"incarnation":2')
  writeFileSync(file('changed.ndjson'), lines.join('\n'))
  const parted = await troupe(['trace', 'diff', file('3.ndjson'), file('changed.ndjson')])
  t.equal(parted.code, 1)
  t.match(parted.stdout, /part at record 100 in incarnation/)
})

t.test('what cannot be done is said before anything starts', async (t) => {
  writeFileSync(file('new.ndjson'), '{"troupeTrace":2,"source":"cluster","epochMs":0}\n')
  writeFileSync(file('half.ndjson'), '{"troupeTrace":1,"source":"cluster","epochMs":0}\n{"at":1,')
  const refusals: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [['export'], 2, /one of --seed, --input and --name/],
    [['export', '--seed', '1', '--input', 'x'], 2, /one of --seed, --input and --name/],
    [['export', '--seed', '1', '--compare', 'x'], 2, /--compare is for html/],
    [['export', '--input', 'x', '--scenario', 'storm'], 2, /go with --seed/],
    [['export', '--seed', '1', '--scenario', 'nothing'], 2, /nothing/],
    [['export', '--seed', '1', '--format', 'pdf'], 2, /Allowed choices/],
    [['export', '--name', 'nobody', '--duration', 'long'], 2, /duration/],
    [['export', '--name', 'nobody'], 3, /not running/],
    [['export', '--input', file('none')], 8, /ENOENT/],
    [['export', '--input', file('new.ndjson')], 8, /version 2, not 1/],
    [['export', '--input', file('half.ndjson')], 8, /line 2/],
    [['diff', file('half.ndjson'), 'seed:1'], 8, /line 2/],
    [['diff', 'a', 'b', '--ignore', 'everything'], 2, /none of/],
  ]
  await Promise.all(
    refusals.map(async ([args, code, message]) => {
      const answer = await troupe(['trace', ...args])
      t.equal(answer.code, code, args.join(' '))
      t.match(answer.stderr, message)
      t.equal(answer.stdout, '')
    }),
  )
})

t.test('a running cluster is recorded', async (t) => {
  const up = troupe(['up', '--name', 'traced', '--ephemeral', '--nodes', '1', '--runtime', 'sim'])
  const running = async (): Promise<void> => {
    while ((await troupe(['status', '--name', 'traced'])).code !== 0);
  }
  await running()
  let began = () => {}
  const beginning = new Promise<void>((resolve) => {
    began = resolve
  })
  const recording = troupe(['trace', 'export', '--name', 'traced', '--duration', '4s'], (text) => /Recording/.test(text) && began())
  // The command that kills takes longer to start than the recording to begin.
  await beginning
  t.equal((await troupe(['kill', 'scheduler', '--name', 'traced'])).code, 0)
  const { code, stdout } = await recording
  t.equal(code, 0)
  const { header, records } = parseTrace(stdout)
  t.match(header, { source: 'cluster', name: 'traced' })
  const { partner } = readRun(header, records)
  t.ok(partner.filter((i) => i >= 0).length > 20, `${records.length} records`)
  t.ok(
    records.some(({ kind, actor }) => kind === 'ready' && actor === 'scheduler'),
    'a restart is seen',
  )
  t.equal((await troupe(['down', '--name', 'traced'])).code, 0)
  t.equal((await up).code, 0)
})
