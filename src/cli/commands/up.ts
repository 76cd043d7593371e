/** `troupe up`: starts a cluster and keeps it up until it is told to stop; or runs one command on a fresh one. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError, messageOf } from '../../base/errors.js'
import { makeDirectory } from '../../cluster/drivers/data-dir.js'
import { type Cluster, type ClusterOptions, createCluster } from '../../index.js'
import { serveCommands } from '../command-socket.js'
import { exitCodes } from '../exit-codes.js'
import { print } from '../output.js'
import { createProgressView } from '../progress.js'
import { commandSocket, defaultDataDir, find, type Registration, register, unregister } from '../registry.js'

export interface UpOptions {
  readonly name: string
  readonly nodes: number
  readonly runtime: 'process' | 'sim' | 'auto'
  readonly port: number
  readonly dataDir?: string
  readonly ephemeral?: boolean
  readonly kubeconfig?: string
  readonly detach?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** Tells the process that detach() starts that it is the one: its command line is the same, in whatever form -d was given. */
const detachedVariable = 'TROUPE_DETACHED'

/** Runs the command; the promise is its exit code. */
export async function up(options: UpOptions, command: readonly string[]): Promise<number> {
  if (options.dataDir && options.ephemeral)
    throw new CodedError('InvalidOption', 'Cannot start a cluster: --data-dir and --ephemeral exclude each other')
  if (command.length > 0) return runCommand(options, command)
  const running = await find(options.name)
  if (running) {
    process.stderr.write(`Cluster "${options.name}" is already running\n`)
    announce(running, options)
    return exitCodes.ok
  }
  const detached = process.env[detachedVariable] !== undefined
  delete process.env[detachedVariable]
  return options.detach && !detached ? detach(options) : foreground(options)
}

function clusterOptions(options: UpOptions, fresh: boolean): ClusterOptions {
  const ephemeral = fresh || options.ephemeral === true
  return {
    name: options.name,
    nodes: options.nodes,
    runtime: options.runtime,
    port: options.port,
    ...(ephemeral ? {} : { dataDir: options.dataDir ?? defaultDataDir(options.name) }),
    ...(options.kubeconfig ? { kubeconfig: options.kubeconfig } : {}),
    ...(options.verbose
      ? {
          onLog: ({ at, level, actor, message, fields }) =>
            void process.stderr.write(
              `${new Date(at).toISOString()} ${level} ${actor} ${message} ${fields ? JSON.stringify(fields) : ''}\n`,
            ),
        }
      : {}),
  }
}

async function start(options: UpOptions, fresh: boolean): Promise<{ cluster: Cluster; stopped: Promise<number> }> {
  const view = createProgressView(process.stderr, options.quiet === true)
  const interrupt = new AbortController()
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        // The second one does not wait for anything.
        if (interrupt.signal.aborted) process.exit(128 + constants.signals[signal])
        interrupt.abort()
        resolve(signal === 'SIGTERM' ? exitCodes.ok : 128 + constants.signals[signal])
      })
  })
  const cluster = await createCluster({ ...clusterOptions(options, fresh), signal: interrupt.signal }, (progress) => view.show(progress))
  view.end(`Cluster "${options.name}" is up`)
  return { cluster, stopped }
}

async function foreground(options: UpOptions): Promise<number> {
  const startedAt = Date.now()
  const { cluster, stopped } = await start(options, false)
  const socket = await commandSocket(options.name)
  let askedDown: () => void = () => {}
  const down = new Promise<number>((resolve) => {
    askedDown = () => resolve(exitCodes.ok)
  })
  const commands = await serveCommands(socket, cluster, startedAt, askedDown)
  const registration: Registration = {
    name: options.name,
    pid: process.pid,
    server: cluster.server,
    socket,
    kubeconfig: cluster.kubeconfigPath,
    dataDir: cluster.dataDir,
    ephemeral: options.ephemeral === true,
    startedAt,
  }
  await register(registration)
  announce(registration, options)
  const code = await Promise.race([stopped, down])
  process.stderr.write(`Stopping cluster "${options.name}"\n`)
  await unregister(options.name)
  await commands.close()
  await cluster.stop()
  return code
}

function announce(registration: Registration, { json = false }: UpOptions): void {
  print(registration, json, ({ server, kubeconfig, name }) =>
    [
      `API server   ${server}`,
      `Kubeconfig   ${kubeconfig}`,
      '',
      'Use it from another shell:',
      `  export KUBECONFIG=${kubeconfig}`,
      '  kubectl get nodes',
      "  kubectl create deployment web --image=busybox -- sh -c 'while true; do echo hello; sleep 1; done'",
      '',
      `See its actors with "troupe ps${name === 'troupe' ? '' : ` --name ${name}`}", kill one with "troupe kill ACTOR", stop it with "troupe down" or Ctrl-C.`,
    ].join('\n'),
  )
}

async function openLog(path: string): Promise<number> {
  try {
    await makeDirectory(dirname(path))
    return openSync(path, 'w', 0o600)
  } catch (error) {
    throw new CodedError('DataDirUnusable', `Cannot write the log "${path}": ${messageOf(error)}`, { cause: error })
  }
}

/** Starts this very command again in a session of its own, and waits until that one says it is up. */
async function detach(options: UpOptions): Promise<number> {
  const logPath = join(options.dataDir ? `${options.dataDir}.log` : defaultDataDir(`${options.name}.log`), 'up.log')
  const log = await openLog(logPath)
  const env = { ...process.env, [detachedVariable]: '1' }
  const child = spawn(process.execPath, process.argv.slice(1), { detached: true, stdio: ['ignore', log, log], env })
  closeSync(log)
  let exited: number | undefined
  child.once('exit', (code) => {
    exited = code ?? exitCodes.failed
  })
  child.unref()
  const view = createProgressView(process.stderr, options.quiet === true)
  for (;;) {
    const registration = await find(options.name)
    if (registration?.pid === child.pid) {
      view.end(`Cluster "${options.name}" is up in the background, process ${child.pid}`)
      announce(registration as Registration, options)
      return exitCodes.ok
    }
    if (exited !== undefined) {
      process.stderr.write(readFileSync(logPath, 'utf8'))
      return exited
    }
    await sleep(25)
  }
}

/** A fresh ephemeral cluster for the life of one command, which sees it through KUBECONFIG. */
async function runCommand(options: UpOptions, [program = '', ...args]: readonly string[]): Promise<number> {
  const { cluster, stopped } = await start({ ...options, quiet: options.quiet ?? !process.stderr.isTTY }, true)
  try {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: cluster.kubeconfigPath } })
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new CodedError('CommandFailed', `Cannot run "${program}": ${error.message}`)))
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
    const interrupted = stopped.then((code) => {
      child.kill('SIGTERM')
      return code
    })
    return await Promise.race([ended, interrupted])
  } finally {
    await cluster.stop()
  }
}
