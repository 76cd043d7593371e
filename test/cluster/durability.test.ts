/**
 * The whole process is killed while a client writes: whatever was acknowledged is there when it starts again on the same
 * directory, and nothing of the first run lives on.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Api, apiOf, until } from '../support/cluster.js'
import { familyOf, processes, type Running, startTroupe, survivors } from '../support/troupe.js'

t.setTimeout(290_000)

const home = mkdtempSync(join(tmpdir(), 'troupe-durability-'))
const dataDir = join(home, 'data')
const configMaps = '/api/v1/namespaces/default/configmaps'
/** Seconds that nobody else sleeps: how the container's processes are told from all others. */
const nap = `${10_000_000 + process.pid}`
const started: Running[] = []

t.teardown(async () => {
  for (const { child, exited } of started)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await exited
    }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

async function up(): Promise<{ readonly running: Running; readonly api: Api; readonly kubeconfig: string }> {
  const args = ['up', '--name', 'durable', '--nodes', '1', '--data-dir', dataDir, '--json']
  const running = startTroupe(args, { TROUPE_STATE_DIR: join(home, 'state') })
  started.push(running)
  let ended = false
  void running.exited.then(() => {
    ended = true
  })
  await until('the cluster is up', () => ended || running.stdout().includes('\n'))
  if (ended) throw new Error(`troupe up ended: ${running.stderr()}`)
  const { kubeconfig } = JSON.parse(running.stdout()) as { kubeconfig: string }
  const text = readFileSync(kubeconfig, 'utf8')
  return { running, api: apiOf(text), kubeconfig: text }
}

const napping = () => processes().filter(({ command }) => command.includes(nap))

async function podReady(api: Api, restarts: number): Promise<boolean> {
  const { body } = await api.request('GET', '/api/v1/namespaces/default/pods/napper')
  const status = body.status.containerStatuses?.[0]
  return status?.ready === true && status.restartCount >= restarts
}

t.test('kill -9 of the process that runs a cluster', async (t) => {
  const first = await up()
  const { status, text } = await first.api.request('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'napper' },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', `sleep ${nap} & sleep ${nap}; true`] }],
    },
  })
  if (status !== 201) throw new Error(text)
  await until('the pod is ready', () => podReady(first.api, 0))
  await until('its processes are there', () => napping().length >= 2)

  // Several writers: the log is in the middle of something whenever the kill comes.
  const acknowledged = new Map<string, string>()
  let dead = false
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; !dead; n++) {
      const name = `w${writer}-${n}`
      const value = `${name} ${'x'.repeat((n * 97) % 4_000)}`
      try {
        const answer = await first.api.request('POST', configMaps, { metadata: { name }, data: { value } })
        if (answer.status === 201) acknowledged.set(name, value)
      } catch {
        // Not acknowledged: it may be there or not.
      }
    }
  })
  await until('writes are acknowledged', () => acknowledged.size >= 100)
  const family = familyOf(first.running.pid).concat(napping())
  first.running.child.kill('SIGKILL')
  await first.running.exited
  dead = true
  await Promise.all(writers)
  first.api.close()
  t.comment(`${acknowledged.size} acknowledged writes, ${family.length} processes`)
  await until('nothing of the first run lives', () => survivors(family).length === 0 && napping().length === 0, 30_000).catch(() => {})
  t.same(survivors(family).concat(napping()), [], 'no process of the first run survives')

  const second = await up()
  t.teardown(async () => second.api.close())
  t.equal(second.kubeconfig, first.kubeconfig, 'under the same address with the same keys')
  const { body } = await second.api.request('GET', configMaps)
  const stored = new Map(
    (body.items as { metadata: { name: string }; data: { value: string } }[]).map((o) => [o.metadata.name, o.data?.value]),
  )
  const lost = [...acknowledged].filter(([name, value]) => stored.get(name) !== value).map(([name]) => name)
  t.same(lost, [], 'every acknowledged write is there')
  await until('the pod runs again', () => podReady(second.api, 1))
  t.equal((await second.api.request('POST', configMaps, { metadata: { name: 'after' } })).status, 201, 'writes go on')

  const secondFamily = familyOf(second.running.pid).concat(napping())
  second.running.child.kill('SIGTERM')
  t.equal((await second.running.exited).code, 0, 'a stop by SIGTERM is a success')
  await until('nothing of the second run lives', () => survivors(secondFamily).length === 0, 30_000).catch(() => {})
  t.same(survivors(secondFamily).concat(napping()), [], 'and leaves nothing')
})
