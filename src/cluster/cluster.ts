/**
 * createCluster(): puts a cluster together out of threads, waits until it can be used, and takes it apart again. The
 * calling thread holds the supervisor and the directory of actors; no component is loaded here.
 */

import { CodedError, messageOf } from '../base/errors.js'
import { createRandom } from '../base/random.js'
import { createClient } from '../client/client.js'
import type { Transport } from '../client/transport.js'
import { createActorTransport } from '../client/transport-actor.js'
import type { Context } from '../kernel/context.js'
import type { HostEvent } from '../kernel/host-insight.js'
import type { NoProtocol } from '../kernel/protocol.js'
import { createSupervisor, type SupervisionEvent, type Supervisor } from '../kernel/supervision/supervisor.js'
import { createThreadHost, type ThreadHost } from '../kernel/thread/host.js'
import { createSystemClock, randomSeed } from '../kernel/thread/platform.js'
import { type RuntimeServer, startRuntimeServer } from '../node/runtime/drivers/process/launch.js'
import { type ActorInfo, describeActors } from './actor-info.js'
import { type ClusterChaos, createClusterChaos, createThreadStage, type ThreadStage } from './chaos.js'
import { type DataDir, openDataDir, writeWhole } from './drivers/data-dir.js'
import { claimLoopback, type LoopbackShare } from './drivers/loopback.js'
import { createPki } from './drivers/pki.js'
import { probePort } from './drivers/port.js'
import { exitCode, httpStatus } from './drivers/probes.js'
import { entryOf } from './entries.js'
import { createEventStream } from './event-stream.js'
import { renderKubeconfig } from './kubeconfig.js'
import { type ClusterOptions, type ClusterSettings, resolveOptions, withLoopbackShare } from './options.js'
import type { Pki, PkiRequest } from './pki.js'
import { untilReady } from './readiness.js'
import { topology } from './topology.js'
import { createTraceFeed, type TraceFeed, type TraceOptions, type TraceRecording } from './trace-feed.js'

/** Something that happened while a cluster started. */
export interface Progress {
  readonly step: 'directory' | 'certificates' | 'actors' | 'api' | 'nodes'
  readonly done: number
  readonly of: number
}

/** What supervisors do, and what the host sees among actors: parked messages, and circles of calls. */
export type ClusterEvent = SupervisionEvent | HostEvent

/** A running cluster. */
export interface Cluster extends AsyncDisposable {
  readonly name: string
  /** URL of the API server: https://127.0.0.1:PORT. */
  readonly server: string
  /** A kubeconfig for the administrator, as text. */
  readonly kubeconfig: string
  /** Where the same lies as a file. */
  readonly kubeconfigPath: string
  readonly dataDir: string
  /** 'degraded' while an actor has failed too often and is tried again only now and then; everybody else goes on. */
  readonly state: 'running' | 'degraded' | 'stopping' | 'stopped'
  /** Every actor: name, state, incarnation, restarts, mailbox, heap, load. */
  actors(): Promise<ActorInfo[]>
  /** Kills an actor, as a crash would; its supervisor starts it again. Throws 'NoSuchActor'. Resolves when it is dead. */
  kill(name: string): Promise<void>
  /** Faults, one by one or by a plan; see docs/guides/chaos.md. */
  readonly chaos: ClusterChaos
  /** What the supervisors do and see, from the moment the iteration begins. */
  readonly events: AsyncIterable<ClusterEvent>
  /** Starts an actor at once that is down or degraded, or anew. Throws 'NoSuchActor'. Resolves when it is ready. */
  restart(name: string): Promise<void>
  /** Records every message between actors, from now on and until the signal or the end of the iteration. Throws 'NotRunning'. */
  trace(options?: TraceOptions): TraceRecording
  /** Stops everything in reverse order; an ephemeral cluster's directory is removed. Idempotent. */
  stop(): Promise<void>
}

/** How long a cluster may take to become ready. */
const startTimeoutMs = 60_000

/**
 * Starts a cluster; ready to use when it resolves. Rejects with a CodedError (ClusterErrorCode), having cleaned up.
 * `onProgress` is told of each step.
 */
export async function createCluster(options: ClusterOptions = {}, onProgress: (progress: Progress) => void = () => {}): Promise<Cluster> {
  const settings = resolveOptions(options)
  const run = new Run(settings, options, onProgress)
  const { signal } = options
  try {
    signal?.throwIfAborted()
    const abort = () => void run.stop()
    signal?.addEventListener('abort', abort, { once: true })
    await run.start()
    return run.cluster()
  } catch (error) {
    await run.stop()
    if (signal?.aborted) throw new CodedError('Aborted', 'Cannot start the cluster: aborted', { cause: signal.reason })
    throw error instanceof CodedError
      ? error
      : new CodedError('StartFailed', `Cannot start the cluster: ${messageOf(error)}`, { cause: error })
  }
}

class Run {
  #settings: ClusterSettings
  readonly #options: ClusterOptions
  readonly #progress: (progress: Progress) => void
  readonly #events = createEventStream<ClusterEvent>()
  readonly #stopping = new AbortController()
  #state: Exclude<Cluster['state'], 'degraded'> = 'running'
  #dataDir: DataDir | undefined
  #host: ThreadHost | undefined
  #traces: TraceFeed | undefined
  #supervisor: Supervisor | undefined
  #runtime: RuntimeServer | undefined
  #stage: ThreadStage | undefined
  #guest: { leave(): Promise<void> } | undefined
  #loopback: LoopbackShare | undefined
  #kubeconfig = ''
  #server = ''
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(settings: ClusterSettings, options: ClusterOptions, progress: (progress: Progress) => void) {
    this.#settings = settings
    this.#options = options
    this.#progress = progress
  }

  start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { name, host } = this.#settings
    const dataDir = await openDataDir(this.#options.dataDir)
    this.#dataDir = dataDir
    this.#progress({ step: 'directory', done: 1, of: 1 })
    await this.#claimAddresses(dataDir)
    this.#stopping.signal.throwIfAborted()
    const [pki, port] = await Promise.all([this.#pki(dataDir), this.#port(dataDir)])
    this.#stopping.signal.throwIfAborted()
    this.#progress({ step: 'certificates', done: 1, of: 1 })
    this.#server = `https://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`
    this.#kubeconfig = renderKubeconfig({ name, server: this.#server, pki })
    await writeWhole(`${dataDir.path}/kubeconfig`, this.#kubeconfig)
    if (this.#options.kubeconfig) await writeWhole(this.#options.kubeconfig, this.#kubeconfig)

    // Unique among the clusters of a machine and the runs of a cluster: it marks the containers' processes.
    const mark = `${name}-${randomSeed().slice(0, 8)}`
    const runtimeSocket = this.#hasContainers() ? runtimeSocketOf(dataDir.path, mark) : ''
    const { transport, supervisor } = await this.#assemble({ directory: dataDir.path, pki, port, runtimeSocket })
    const failed = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, failed.signal])
    const clock = createSystemClock()
    const parts = [
      Promise.race([supervisor.start(), aborted(signal)]),
      this.#startRuntime(dataDir, mark, runtimeSocket),
      untilReady(
        {
          transport,
          client: createClient({ transport, clock, userAgent: 'troupe' }),
          clock,
          nodes: this.#settings.nodes.length,
          signal,
          onProgress: (step, done, of) => this.#progress({ step, done, of }),
        },
        startTimeoutMs,
      ),
    ].map((part) =>
      part.catch((error) => {
        failed.abort(error)
        throw error
      }),
    )
    // When one fails the others still come to their end: what has been started must be known to be stopped.
    await Promise.allSettled(parts)
    signal.throwIfAborted()
  }

  /** Pods, nodes and Services of the process runtime live on this machine's loopback, beside those of other clusters. */
  async #claimAddresses(dataDir: DataDir): Promise<void> {
    if (this.#settings.runtime !== 'process') return
    const state = await dataDir.readState()
    const known = state['loopback']
    this.#loopback = await claimLoopback(typeof known === 'number' ? known : undefined)
    this.#settings = withLoopbackShare(this.#settings, this.#loopback.number)
    await dataDir.writeState({ ...state, loopback: this.#loopback.number })
  }

  #pki(dataDir: DataDir): Promise<Pki> {
    const { name, host, serviceCidr } = this.#settings
    const request: PkiRequest = {
      clusterName: name,
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
      ipAddresses: [...new Set(['127.0.0.1', '::1', serviceCidr.replace(/\.0\/.*/, '.1'), ...(/^[0-9.]+$|:/.test(host) ? [host] : [])])],
    }
    return dataDir.pki(() => createPki(request))
  }

  /** The port asked for, or the one this data directory had last, or any. */
  async #port(dataDir: DataDir): Promise<number> {
    const { host, port } = this.#settings
    if (port !== 0) return probePort(host, port)
    const last = (await dataDir.readState())['port']
    const chosen = typeof last === 'number' ? await probePort(host, last).catch(() => probePort(host, 0)) : await probePort(host, 0)
    await dataDir.writeState({ ...(await dataDir.readState()), port: chosen })
    return chosen
  }

  #hasContainers(): boolean {
    return this.#settings.runtime !== 'sim' && this.#settings.nodes.length > 0
  }

  async #startRuntime(dataDir: DataDir, cluster: string, socket: string): Promise<void> {
    if (!this.#hasContainers()) return
    this.#runtime = await startRuntimeServer({
      socket,
      directory: `${dataDir.path}/runtime`,
      cluster,
      // Containers see the machine's files, but not the cluster's keys.
      hidden: [dataDir.path],
    })
  }

  /** The host, its guest and the tree of all actors, of which none is started yet. */
  async #assemble(surroundings: Parameters<typeof topology>[1]): Promise<{ transport: Transport; supervisor: Supervisor }> {
    const { onLog, hangMs = 500, seed = randomSeed() } = this.#options
    const host = createThreadHost({
      entryOf,
      seed,
      watchdog: { hangMs },
      heapMiBDefault: 512,
      oversight: { onEvent: (event) => this.#events.push(event) },
      ...(onLog ? { onLog } : {}),
    })
    this.#host = host
    this.#traces = createTraceFeed(host, this.#settings.name)
    let context: Context | undefined
    this.#guest = await host.join<NoProtocol>('cluster', {
      role: 'cluster',
      init(own) {
        context = own
        return {}
      },
    })
    const supervisor = createSupervisor(topology(this.#settings, surroundings), {
      host,
      clock: createSystemClock(),
      random: createRandom(`${seed}/supervisor`),
      onEvent: (event) => this.#supervised(event),
    })
    this.#supervisor = supervisor
    if (!context) throw new CodedError('StartFailed', 'Cannot start the cluster: its own actor did not start')
    const transport = createActorTransport(context)
    const env = { ...process.env, KUBECONFIG: `${surroundings.directory}/kubeconfig` }
    this.#stage = createThreadStage({
      context,
      clock: createSystemClock(),
      supervisor: () => this.#supervisor,
      faults: host,
      transport,
      http: httpStatus,
      command: (command, timeoutMs) => exitCode(command, timeoutMs, env),
    })
    return { transport, supervisor }
  }

  #supervised(event: SupervisionEvent): void {
    this.#events.push(event)
    this.#stage?.supervised(event)
    if (event.type !== 'running') return
    const names = this.#supervisor?.names() ?? []
    const running = names.filter((name) => this.#supervisor?.incarnation(name)?.isReady)
    this.#progress({ step: 'actors', done: running.length, of: names.length })
  }

  cluster(): Cluster {
    const dataDir = this.#dataDir?.path ?? ''
    const isDegraded = () => this.#supervisor?.tree().state === 'degraded'
    const state = () => (this.#state === 'running' && isDegraded() ? 'degraded' : this.#state)
    const chaosSeed = this.#options.seed ?? randomSeed()
    return {
      name: this.#settings.name,
      server: this.#server,
      kubeconfig: this.#kubeconfig,
      kubeconfigPath: this.#options.kubeconfig ?? `${dataDir}/kubeconfig`,
      dataDir,
      get state() {
        return state()
      },
      actors: () => describeActors(this.#supervisor),
      kill: (name) => this.#kill(name),
      restart: (name) => this.#restart(name),
      chaos: createClusterChaos(() => (this.#state === 'stopped' ? undefined : this.#stage), createRandom(`${chaosSeed}/chaos`)),
      events: this.#events,
      trace: (options) => this.#trace(options),
      stop: () => this.stop(),
      [Symbol.asyncDispose]: () => this.stop(),
    }
  }

  #trace(options: TraceOptions | undefined): TraceRecording {
    if (!this.#traces || this.#state === 'stopped') throw new CodedError('NotRunning', 'Cannot record the cluster: it is stopped')
    return this.#traces.open(options)
  }

  async #kill(name: string): Promise<void> {
    const incarnation = this.#supervisor?.incarnation(name)
    if (!incarnation) {
      const names = this.#supervisor?.names() ?? []
      throw new CodedError('NoSuchActor', `Cannot kill "${name}": no actor of this name; there are ${names.join(', ')}`, {
        details: { names },
      })
    }
    this.#traces?.mark('fault', name, 'killed by request')
    incarnation.kill('killed', 'killed by request')
    await incarnation.exit
  }

  async #restart(name: string): Promise<void> {
    if (!this.#supervisor || this.#state === 'stopped')
      throw new CodedError('NotRunning', `Cannot restart "${name}": the cluster is stopped`)
    await this.#supervisor.restart(name)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#state = 'stopping'
    this.#stopping.abort(new CodedError('Aborted', 'the cluster was stopped'))
    // A start that is under way gives up first: what it makes after a stop would never be stopped.
    await this.#starting?.catch(() => {})
    await this.#supervisor?.stop()
    await this.#guest?.leave()
    await this.#host?.close()
    this.#traces?.close()
    await this.#runtime?.stop()
    this.#loopback?.release()
    await this.#dataDir?.release()
    this.#state = 'stopped'
    this.#events.close()
  }
}

/** A unix socket's path is at most 107 bytes, which a data directory's may be over. */
function runtimeSocketOf(dataDir: string, cluster: string): string {
  const inside = `${dataDir}/runtime.sock`
  return Buffer.byteLength(inside) <= 100 ? inside : `/tmp/${cluster}.sock`
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
