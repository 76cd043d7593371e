/**
 * The process runtime against real processes, at every level this machine allows: exit codes, signals, grace, logs, exec,
 * volumes, and above all that nothing is left when a part of it dies.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { connectProcessRuntime } from '../../../src/node/runtime/drivers/process/client.js'
import { startRuntimeServer } from '../../../src/node/runtime/drivers/process/launch.js'
import { probeLevel } from '../../../src/node/runtime/drivers/process/level.js'
import { findMarked } from '../../../src/node/runtime/drivers/process/stragglers.js'
import type { Container, ContainerConfig, Runtime, SandboxConfig } from '../../../src/node/runtime/runtime.js'

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'troupe-rt-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let i = 0; i < 400; i++) {
    const value = await probe()
    if (value) return value as NonNullable<T>
    await delay(25)
  }
  throw new Error(`waited too long: ${what}`)
}

const sandboxConfig = (over: Partial<SandboxConfig> = {}): SandboxConfig => ({
  node: 'n1',
  namespace: 'default',
  name: 'p',
  uid: 'uid-1',
  attempt: 0,
  hostname: 'p',
  ip: '127.244.1.5',
  hostNetwork: false,
  labels: {},
  ...over,
})
const containerConfig = (directory: string, over: Partial<ContainerConfig> = {}): ContainerConfig => ({
  name: 'c',
  attempt: 0,
  image: 'busybox',
  command: ['sh', '-c', 'true'],
  args: [],
  env: [{ name: 'POD_IP', value: '127.244.1.5' }],
  mounts: [],
  logPath: join(directory, 'logs', 'c', '0.log'),
  stdin: false,
  stdinOnce: false,
  tty: false,
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  security: {
    supplementalGroups: [],
    privileged: false,
    readOnlyRootFilesystem: false,
    noNewPrivileges: false,
    addCapabilities: [],
    dropCapabilities: [],
  },
  labels: {},
  ...over,
})

async function containerOf(runtime: Runtime, id: string): Promise<Container | undefined> {
  return (await runtime.list()).containers.find((each) => each.id === id)
}
async function exitOf(runtime: Runtime, id: string) {
  return until(`exit of ${id}`, async () => {
    const state = (await containerOf(runtime, id))?.state
    return state?.type === 'exited' ? state : undefined
  })
}
async function run(runtime: Runtime, sandbox: string, config: ContainerConfig): Promise<string> {
  const id = await runtime.createContainer(sandbox, config)
  await runtime.startContainer(id)
  return id
}
const logLines = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/^\S+ /, ''))

const best = probeLevel(scratch()).name
for (const level of best === 'ns' ? (['ns', 'plain'] as const) : (['plain'] as const)) {
  t.test(`containers at level ${level}`, async (t) => {
    const directory = scratch()
    const cluster = `test-${process.pid}-${level}`
    const server = await startRuntimeServer({ socket: join(directory, 's'), directory: join(directory, 'rt'), cluster, level })
    const runtime = connectProcessRuntime({ socket: server.socket, node: 'n1' })
    t.teardown(async () => {
      runtime.close()
      await server.stop()
    })
    t.equal((await runtime.info()).level, level)
    const sandbox = await runtime.runSandbox(sandboxConfig())

    t.test('an exit code is reported with its reason', async (t) => {
      const good = await run(runtime, sandbox, containerConfig(directory))
      t.match(await exitOf(runtime, good), { code: 0, reason: 'Completed' })
      const bad = await run(runtime, sandbox, containerConfig(directory, { command: ['sh', '-c', 'exit 42'] }))
      t.match(await exitOf(runtime, bad), { code: 42, reason: 'Error' })
      const killed = await run(runtime, sandbox, containerConfig(directory, { command: ['sh', '-c', 'kill -9 $$; sleep 1; exit 137'] }))
      t.match(await exitOf(runtime, killed), { code: 137 })
    })

    t.test('a missing program fails the start with code 128', async (t) => {
      const id = await runtime.createContainer(sandbox, containerConfig(directory, { command: ['no-such-program'] }))
      await t.rejects(runtime.startContainer(id), {
        code: 'StartContainer',
        message: 'exec: "no-such-program": executable file not found in $PATH',
      })
      t.match(await exitOf(runtime, id), { code: 128, reason: 'StartError' })
    })

    t.test('an image nobody knows is not pulled unless its command is here', async (t) => {
      await t.rejects(runtime.pullImage('example.com/app:1', []), { code: 'ImagePull' })
      await t.rejects(runtime.pullImage('example.com/app:1', ['no-such-program']), { code: 'ImagePull' })
      t.match(await runtime.pullImage('example.com/app:1', ['sh']), { id: 'example.com/app:1' })
      t.match(await runtime.pullImage('nginx', []), { id: 'docker.io/library/nginx:latest' })
    })

    t.test('the log has both streams, partial lines and what had no newline', async (t) => {
      const logPath = join(directory, 'logs', 'log', '0.log')
      const id = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sh', '-c', 'echo out; echo err >&2; printf tail'], logPath }),
      )
      await exitOf(runtime, id)
      t.same(logLines(logPath).sort(), ['stderr F err', 'stdout F out', 'stdout P tail'])
      t.match(readFileSync(logPath, 'utf8'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout/m)
    })

    t.test('a follower sees lines as they come and ends with the container', async (t) => {
      const logPath = join(directory, 'logs', 'follow', '0.log')
      const id = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sh', '-c', 'echo one; read x; echo $x'], stdin: true, logPath }),
      )
      let over = false
      runtime.watch((event) => {
        if (event.type === 'container' && event.container.id === id && event.container.state.type === 'exited') over = true
      })
      const session = await runtime.attach(id, { stdin: true, tty: false })
      let text = ''
      for await (const chunk of runtime.readLog(logPath, { follow: true, finished: () => over, signal: new AbortController().signal })) {
        text += decode(chunk)
        if (text.includes(' one\n') && !text.includes('two')) await session.write(new TextEncoder().encode('two\n'))
      }
      t.match(text, /stdout F one\n.*stdout F two\n$/)
      const tail: string[] = []
      for await (const chunk of runtime.readLog(logPath, {
        follow: false,
        tailLines: 1,
        finished: () => true,
        signal: new AbortController().signal,
      }))
        tail.push(decode(chunk))
      t.match(tail.join(''), /^\S+ stdout F two\n$/)
    })

    t.test('stop sends TERM, and KILL when the grace is over', async (t) => {
      const logPath = join(directory, 'logs', 'polite', '0.log')
      const polite = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sh', '-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done'], logPath }),
      )
      await until('trap is set', () => readFileSync(logPath, 'utf8').includes('up'))
      await runtime.stopContainer(polite, 10_000)
      t.match(await exitOf(runtime, polite), { code: 7 })
      const deafLog = join(directory, 'logs', 'deaf', '0.log')
      const deaf = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], logPath: deafLog }),
      )
      await until('trap is set', () => readFileSync(deafLog, 'utf8').includes('up'))
      await runtime.stopContainer(deaf, 200)
      t.match(await exitOf(runtime, deaf), { code: 137, signal: 9 })
    })

    t.test('a container takes everything it started with it', async (t) => {
      const id = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sh', '-c', 'setsid sleep 600 & setsid sh -c "sleep 601 & sleep 602" & sleep 603'] }),
      )
      await until('all run', () => findMarked(`${cluster}/${id}`).length >= 4)
      await runtime.stopContainer(id, 0)
      await until('none left', () => findMarked(`${cluster}/${id}`).length === 0)
      t.pass()
    })

    t.test('exec has streams, an exit code, a deadline and the container environment', async (t) => {
      const id = await run(
        runtime,
        sandbox,
        containerConfig(directory, { command: ['sleep', '600'], env: [{ name: 'COLOUR', value: 'blue' }] }),
      )
      const result = await runtime.execSync(id, ['sh', '-c', 'echo $COLOUR; echo no >&2; exit 3'], 5000)
      t.same([result.code, decode(result.stdout), decode(result.stderr), result.timedOut], [3, 'blue\n', 'no\n', false])
      t.match(await runtime.execSync(id, ['sleep', '60'], 200), { timedOut: true })
      await t.rejects(runtime.execSync(id, ['no-such-program'], 1000), { message: /executable file not found/ })
      const session = await runtime.exec(id, { command: ['cat'], stdin: true, tty: false })
      await session.write(new TextEncoder().encode('through\n'))
      session.end()
      const seen: string[] = []
      for await (const item of session.output) seen.push(item.type === 'exit' ? `exit ${item.code}` : `${item.type} ${decode(item.bytes)}`)
      t.same(seen, ['stdout through\n', 'exit 0'])
    })

    t.test('a terminal is one, has a size and passes the exit code', async (t) => {
      const id = await run(runtime, sandbox, containerConfig(directory, { command: ['sleep', '600'] }))
      const session = await runtime.exec(id, {
        command: ['sh', '-c', 'test -t 0 && echo tty; read x; stty size; exit 5'],
        stdin: true,
        tty: true,
      })
      let text = ''
      for await (const item of session.output) {
        if (item.type === 'exit') {
          t.equal(item.code, 5)
          break
        }
        text += decode(item.bytes)
        if (text.includes('tty\r\n') && !text.includes('go')) {
          session.resize(101, 37)
          await delay(150)
          await session.write(new TextEncoder().encode('go\n'))
        }
      }
      t.match(text, /tty\r\n[\s\S]*37 101/)
    })

    t.test('an interactive shell is a container: attached, in control of its terminal, with an exit code', async (t) => {
      const id = await run(runtime, sandbox, containerConfig(directory, { command: ['sh'], stdin: true, tty: true }))
      const session = await runtime.attach(id, { stdin: true, tty: true })
      await session.write(new TextEncoder().encode('echo in$((40 + 2)); sleep 0.01 & wait; exit 6\n'))
      let text = ''
      for await (const item of session.output) {
        if (item.type !== 'exit') text += decode(item.bytes)
        else t.equal(item.code, 6)
      }
      t.match(text, /in42/)
      t.notMatch(text, /Cannot set tty|job control/)
      t.match(await exitOf(runtime, id), { code: 6 })
    })

    t.test(
      'a termination message is read from its file, or from the log when that is asked for',
      { skip: level === 'plain' && 'files have no place of their own at level plain' },
      async (t) => {
        const written = await run(
          runtime,
          sandbox,
          containerConfig(directory, { command: ['sh', '-c', 'printf DONE > /dev/termination-log'] }),
        )
        t.match(await exitOf(runtime, written), { message: 'DONE' })
        const logged = await run(
          runtime,
          sandbox,
          containerConfig(directory, { command: ['sh', '-c', 'echo why; exit 1'], terminationMessagePolicy: 'FallbackToLogsOnError' }),
        )
        t.match(await exitOf(runtime, logged), { message: 'why\n' })
      },
    )

    t.test('a container has its own file system, host name and processes', { skip: level === 'plain' && 'needs namespaces' }, async (t) => {
      const volume = join(directory, 'volume')
      mkdirSync(volume, { recursive: true })
      writeFileSync(join(volume, 'token'), 'secret')
      const logPath = join(directory, 'logs', 'root', '0.log')
      const script =
        'hostname; echo $$; cat /var/run/secrets/kubernetes.io/serviceaccount/token; echo; echo x > /troupe-test && echo wrote; ls /tmp | wc -l; (echo y > /ro/token) 2>/dev/null || echo read-only; cat /data/new/place/token; echo'
      const id = await run(
        runtime,
        sandbox,
        containerConfig(directory, {
          command: ['sh', '-c', script],
          logPath,
          mounts: [
            { hostPath: volume, containerPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
            { hostPath: volume, containerPath: '/ro', readOnly: true },
            { hostPath: volume, containerPath: '/data/new/place', readOnly: false },
          ],
        }),
      )
      t.match(await exitOf(runtime, id), { code: 0 })
      t.same(logLines(logPath), [
        'stdout F p',
        'stdout F 1',
        'stdout F secret',
        'stdout F wrote',
        'stdout F 0',
        'stdout F read-only',
        'stdout F secret',
      ])
      t.throws(() => readFileSync('/troupe-test'), 'the host was not written to')
    })

    t.test('two Node programs of two pods listen on the same port', async (t) => {
      const script = "require('http').createServer((q,s)=>s.end(process.env.POD_IP+' '+q.socket.remoteAddress)).listen(18080)"
      for (const ip of ['127.244.1.21', '127.244.1.22']) {
        const pod = await runtime.runSandbox(sandboxConfig({ ip, uid: ip, name: 'web', hostname: 'web' }))
        await run(
          runtime,
          pod,
          containerConfig(directory, {
            image: 'node',
            command: ['node', '-e', script],
            env: [{ name: 'POD_IP', value: ip }],
            logPath: join(directory, 'logs', ip, '0.log'),
          }),
        )
        const text = await until('answer', () =>
          fetch(`http://${ip}:18080/`).then(
            (answer) => answer.text(),
            () => '',
          ),
        )
        t.equal(text, `${ip} 127.0.0.1`)
      }
    })

    t.test('a kubelet that comes back finds its containers', async (t) => {
      const id = await run(runtime, sandbox, containerConfig(directory, { command: ['sleep', '600'], attempt: 3, labels: { a: 'b' } }))
      const second = connectProcessRuntime({ socket: server.socket, node: 'n1' })
      t.teardown(() => second.close())
      t.match(await containerOf(second, id), { podUid: 'uid-1', attempt: 3, labels: { a: 'b' }, state: { type: 'running' } })
      const other = connectProcessRuntime({ socket: server.socket, node: 'n2' })
      t.teardown(() => other.close())
      t.same(await other.list(), { sandboxes: [], containers: [] })
    })

    t.test('removing the sandbox removes all of it', async (t) => {
      await runtime.removeSandbox(sandbox)
      const left = await runtime.list()
      t.notOk(left.sandboxes.some(({ id }) => id === sandbox))
      t.notOk(left.containers.some(({ sandboxId }) => sandboxId === sandbox))
    })

    t.test('a server that is killed leaves nothing and is started again', async (t) => {
      const pod = await runtime.runSandbox(sandboxConfig({ uid: 'uid-9' }))
      await run(runtime, pod, containerConfig(directory, { command: ['sh', '-c', 'setsid sleep 700 & sleep 701'] }))
      await until('all run', () => findMarked(`${cluster}/`).length >= 3)
      const old = server.pid()
      process.kill(old as number, 'SIGKILL')
      await until('another server', () => server.pid() !== undefined && server.pid() !== old)
      t.same(findMarked(`${cluster}/`), [])
      await until('the client is back', () =>
        runtime.list().then(
          (state) => state.sandboxes.length === 0,
          () => false,
        ),
      )
      t.pass()
    })
  })
}

t.test('a cluster process that is killed with SIGKILL leaves no process behind', async (t) => {
  const directory = scratch()
  const cluster = `test-${process.pid}-parent`
  const module = (name: string) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../src/node/runtime/drivers/process', name)).href)
  const program = `
    import { startRuntimeServer } from ${module('launch.js')}
    import { connectProcessRuntime } from ${module('client.js')}
    const server = await startRuntimeServer(${JSON.stringify({ socket: join(directory, 's'), directory: join(directory, 'rt'), cluster })})
    const runtime = connectProcessRuntime({ socket: server.socket, node: 'n1' })
    const sandbox = await runtime.runSandbox(${JSON.stringify(sandboxConfig())})
    for (let i = 0; i < 3; i++) await runtime.startContainer(await runtime.createContainer(sandbox, ${JSON.stringify(containerConfig(directory, { command: ['sh', '-c', 'setsid sleep 800 & sleep 801'] }))}))
    console.log(server.pid())`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  parent.stdout.on('data', (chunk) => (out += chunk))
  await until('containers run', () => out.includes('\n') && findMarked(`${cluster}/`).length >= 6)
  const serverPid = Number(out)
  parent.kill('SIGKILL')
  await until('nothing left', () => findMarked(`${cluster}/`).length === 0)
  await until('the server is gone', () => {
    try {
      return !process.kill(serverPid, 0) || readFileSync(`/proc/${serverPid}/stat`, 'utf8').includes(') Z')
    } catch {
      return true
    }
  })
  t.pass()
})
