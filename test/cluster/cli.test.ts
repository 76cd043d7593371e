/** The command line: what each command prints, how it exits, what it leaves. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { apiOf, until } from '../support/cluster.js'
import { kubectlPath, noKubectl } from '../support/kubectl.js'
import { type Exited, familyOf, startTroupe, survivors, troupe } from '../support/troupe.js'

t.setTimeout(290_000)

const home = mkdtempSync(join(tmpdir(), 'troupe-cli-'))
const env = { TROUPE_STATE_DIR: join(home, 'state'), XDG_DATA_HOME: join(home, 'share'), NO_COLOR: '1' }
const dataDir = join(home, 'data')
const name = ['--name', 'cli']
const up = ['up', ...name, '--nodes', '1', '--runtime', 'sim', '--data-dir', dataDir]
const command = (...args: string[]): Promise<Exited> => troupe(args, env)

t.teardown(async () => {
  await command('down', ...name)
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

interface Registration {
  readonly name: string
  readonly pid: number
  readonly server: string
  readonly kubeconfig: string
  readonly dataDir: string
}

t.test('before anything runs', async (t) => {
  for (const verb of ['status', 'ps', 'kubeconfig'])
    t.match(await command(verb, ...name), { code: 3, stdout: /^$/, stderr: 'troupe: Cannot find cluster "cli": it is not running' }, verb)
  t.match(await command('kill', 'apiserver', ...name), { code: 3 })
  t.match(await command('down', ...name), { code: 0, stderr: /"cli" is not running/ })
})

t.test('a bad command line exits with 2', async (t) => {
  const refused: [string[], RegExp][] = [
    [['up', '--nonsense'], /unknown option '--nonsense'/],
    [['up', '--nodes', 'many'], /It must be a whole number/],
    [['up', '--nodes', '251', '--ephemeral'], /nodes is 251, it must be an integer from 0 to 250/],
    [['up', '--runtime', 'docker'], /Allowed choices are process, sim, auto/],
    [['up', '--name', 'Not A Name', '--ephemeral'], /name is "Not A Name", it must be/],
    [['up', '--port', '65536', '--ephemeral'], /port is 65536, it must be/],
    [['up', '--ephemeral', '--data-dir', dataDir], /exclude each other/],
    [['dance'], /unknown command 'dance'/],
    [['kill'], /missing required argument 'actor'/],
  ]
  for (const [args, stderr] of refused) t.match(await command(...args), { code: 2, stdout: /^$/, stderr }, args.join(' '))
  t.notOk(existsSync(dataDir), 'nothing was made')
  t.match(await command('--version'), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.match(await command('up', '--help'), { code: 0, stdout: /--data-dir/ })
})

t.test('a cluster in the background', async (t) => {
  const started = await command(...up, '-d', '--json')
  t.match(started, { code: 0, stderr: /is up in the background/ })
  const cluster = JSON.parse(started.stdout) as Registration
  t.match(cluster, { name: 'cli', dataDir, server: /^https:\/\/127\.0\.0\.1:\d+$/ })
  t.equal(statSync(cluster.kubeconfig).mode & 0o777, 0o600, 'its kubeconfig is for its owner only')
  const family = familyOf(cluster.pid)
  t.ok(family.length > 0, 'its process lives')
  const api = apiOf(readFileSync(cluster.kubeconfig, 'utf8'))
  t.equal((await api.request('GET', '/readyz')).text, 'ok')

  await t.test('status, ps and kubeconfig', async (t) => {
    const { code, stdout } = await command('status', ...name, '--json')
    t.equal(code, 0)
    const { pid, server } = cluster
    t.match(JSON.parse(stdout), {
      name: 'cli',
      state: 'running',
      pid,
      server,
      dataDir,
      actors: { running: Number, total: Number, restarts: 0 },
    })
    t.match(await command('status', ...name), { code: 0, stdout: /^Name +cli\nState +running\nAPI server +https:/ })
    const listed = await command('ps', ...name)
    t.equal(listed.code, 0)
    const [header, ...lines] = listed.stdout.trim().split('\n')
    t.match(header, /^ACTOR +ROLE +SUPERVISOR +STATE +INCARNATION +RESTARTS +MAILBOX +HEAP +CPU +LAST EXIT$/)
    for (const actor of ['store-1', 'store-2', 'store-3', 'apiserver', 'scheduler', 'kubelet-node-1', 'proxy-node-1'])
      t.ok(
        lines.some((line) => new RegExp(`^${actor} .* running +1 +0 `).test(line)),
        actor,
      )
    t.equal((JSON.parse((await command('ps', ...name, '--json')).stdout) as unknown[]).length, lines.length)
    t.same(await command('kubeconfig', ...name), { code: 0, stdout: readFileSync(cluster.kubeconfig, 'utf8'), stderr: '' })
    t.match(await command('status', '--name', 'other'), { code: 3, stderr: /not running; running: cli/ })
  })

  await t.test('kill', async (t) => {
    t.match(await command('kill', 'nobody', ...name), {
      code: 4,
      stderr: /Cannot kill "nobody": no actor of this name; there are store-1, /,
    })
    t.match(await command('kill', 'scheduler', ...name), { code: 0, stderr: 'Killed "scheduler"; its supervisor starts it again' })
    await until('the scheduler runs again', async () =>
      /^scheduler .* running +2 +1 .* killed: killed by request$/m.test((await command('ps', ...name)).stdout),
    )
  })

  await t.test('up again', async (t) => {
    const again = await command(...up, '--detach', '--json')
    t.match(again, { code: 0, stderr: /already running/ })
    t.same(JSON.parse(again.stdout), cluster)
    t.match(await command(...up), { code: 0, stderr: /already running/ }, 'in the foreground too')
  })

  await t.test('what is in use exits with 5', async (t) => {
    const other = ['up', '--name', 'other', '--runtime', 'sim', '--nodes', '0']
    const stderr = new RegExp(`Cannot use the data directory "${dataDir}": a cluster of process ${cluster.pid} is using it`)
    t.match(await command(...other, '--data-dir', dataDir), { code: 5, stderr })
    t.match(await command(...other, '--data-dir', dataDir, '--detach'), { code: 5, stderr }, 'in the background too')
    const port = new URL(cluster.server).port
    t.match(await command(...other, '--ephemeral', '--port', port), { code: 5, stderr: /Cannot listen on .*: the port is in use/ })
    const nowhere = ['--data-dir', '/proc/nowhere']
    t.match(await command(...other, ...nowhere), { code: 5, stderr: /Cannot use the data directory "\/proc\/nowhere"/ })
    t.match(await command(...other, ...nowhere, '--detach'), { code: 5, stderr: /Cannot write the log "\/proc\/nowhere.log\/up.log"/ })
    t.equal((await api.request('GET', '/readyz')).status, 200, 'who was there is undisturbed')
  })

  await t.test('down', async (t) => {
    api.close()
    t.match(await command('down', ...name), { code: 0, stderr: /is down/ })
    t.same(survivors(family), [], 'no process is left')
    t.match(await command('down', ...name), { code: 0, stderr: /is not running/ })
    t.match(await command('status', ...name), { code: 3 })
    t.ok(existsSync(join(dataDir, 'store-1')), 'its data stays')
    t.notOk(existsSync(join(dataDir, 'lock')), 'and is free')
  })
})

t.test('short options together', async (t) => {
  t.match(await command(...up, '-dq', '--json'), { code: 0, stdout: /^\{.*\}\n$/, stderr: /^$/ })
  t.match(await command('down', ...name), { code: 0 })
})

t.test('a command on a fresh cluster', { skip: noKubectl() }, async (t) => {
  const script = `"${kubectlPath()}" get nodes -o name && echo "$KUBECONFIG"; exit 7`
  const { code, stdout, stderr } = await command('up', '--nodes', '1', '--runtime', 'sim', '--', 'sh', '-c', script)
  t.equal(code, 7, stderr)
  const [node, kubeconfig = ''] = stdout.split('\n')
  t.equal(node, 'node/node-1')
  t.match(kubeconfig, /kubeconfig$/)
  t.notOk(existsSync(kubeconfig), 'and nothing of it is left')
  const killed = await command('up', '--nodes', '0', '--runtime', 'sim', '--', 'sh', '-c', 'kill -KILL $$')
  t.equal(killed.code, 128 + 9, 'a signal is told as a shell tells it')
  const missing = await command('up', '--nodes', '0', '--runtime', 'sim', '--', '/no/such/program')
  t.match(missing, { code: 1, stderr: /Cannot run "\/no\/such\/program"/ })
})

t.test('an end by signal while it starts leaves nothing', async (t) => {
  const running = startTroupe(['up', '--name', 'brief', '--data-dir', join(home, 'brief'), '--nodes', '1'], env)
  await until('it has begun', () => running.stderr().includes('data directory: ready'))
  const family = familyOf(running.pid)
  running.child.kill('SIGTERM')
  const { code } = await running.exited
  t.ok(code !== undefined, 'it ended by itself')
  t.same(survivors(family), [])
  t.notOk(existsSync(join(home, 'brief', 'lock')))
})
