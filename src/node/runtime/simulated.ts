/**
 * A Runtime whose containers are stage tables in virtual or real time: no process, no file, no socket. For thousands of
 * nodes, and for the simulator, where a seed decides how long everything takes. Read stages.ts for what a container does.
 *
 * The pods' annotations reach it as container labels (kubelet/drivers choose which); probes against it succeed while the
 * container runs, see createSimulatedProber().
 */
import type { Clock, Timer } from '../../base/clock.js'
import { CodedError } from '../../base/errors.js'
import type { Random } from '../../base/random.js'
import { findImage, parseImage, qualifiedImage } from './images.js'
import type { Connection, Container, ContainerConfig, ContainerState, Runtime, RuntimeEvent, SandboxConfig, Session } from './runtime.js'
import { type ContainerPlan, planContainer } from './stages.js'

interface Box {
  readonly id: string
  readonly config: SandboxConfig
  readonly createdAt: number
  ready: boolean
}
interface Run {
  readonly id: string
  readonly box: Box
  readonly config: ContainerConfig
  readonly createdAt: number
  readonly plan: ContainerPlan
  state: ContainerState
  timer?: Timer
  readonly waiting: (() => void)[]
}

/** What a simulated node's containers are: kept apart from the Runtime, so that they outlive a kubelet's crash. */
export interface SimulatedMachine {
  readonly boxes: Map<string, Box>
  readonly runs: Map<string, Run>
  readonly logs: Map<string, string>
  readonly listeners: Set<(event: RuntimeEvent) => void>
}

export function createSimulatedMachine(): SimulatedMachine {
  return { boxes: new Map(), runs: new Map(), logs: new Map(), listeners: new Set() }
}

export interface SimulatedOptions {
  readonly clock: Clock
  readonly random: Random
  readonly node: string
  readonly machine?: SimulatedMachine
  /** Of the machine that is pretended; default 8 CPUs and 32 GiB. */
  readonly cpus?: number
  readonly memoryBytes?: number
}

/** A Runtime that pretends. */
export function createSimulatedRuntime(options: SimulatedOptions): Runtime {
  const { clock, random, node, machine = createSimulatedMachine() } = options
  const { boxes, runs, logs, listeners } = machine
  const id = () => Array.from(random.bytes(32), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const emit = (run: Run) => {
    for (const listener of listeners) listener({ type: 'container', container: describe(run) })
  }
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  const find = (key: string): Run => {
    const run = runs.get(key)
    if (!run) throw new CodedError('NotFound', `container "${key}" does not exist`)
    return run
  }
  const end = (run: Run, code: number, signal?: number) => {
    if (run.state.type !== 'running') return
    run.timer?.cancel()
    run.state = {
      type: 'exited',
      startedAt: run.state.startedAt,
      finishedAt: clock.now(),
      code,
      ...(signal === undefined ? {} : { signal }),
      reason: code === 0 ? 'Completed' : 'Error',
      message: '',
    }
    emit(run)
    for (const resolve of run.waiting.splice(0)) resolve()
  }
  async function stop(run: Run, graceMs: number): Promise<void> {
    if (run.state.type !== 'running') return
    const over = new Promise<void>((resolve) => run.waiting.push(resolve))
    const obeys = run.plan.stopMs <= graceMs
    run.timer?.cancel()
    run.timer = clock.after(obeys ? run.plan.stopMs : graceMs, () => (obeys ? end(run, 0) : end(run, 137, 9)))
    await over
  }
  const inBox = (box: string) => [...runs.values()].filter((run) => run.box.id === box)

  return {
    info: async () => ({
      name: 'troupe-sim',
      version: '1.0.0',
      level: 'simulated',
      reason: 'containers are stage tables',
      operatingSystem: 'linux',
      architecture: 'amd64',
      osImage: 'Troupe',
      kernelVersion: '0',
      cpus: options.cpus ?? 8,
      memoryBytes: options.memoryBytes ?? 32 * 2 ** 30,
      ephemeralBytes: 100 * 2 ** 30,
      machineId: node,
      bootId: node,
    }),
    list: async () => ({ sandboxes: [...boxes.values()].map((box) => ({ ...box })), containers: [...runs.values()].map(describe) }),
    watch(listener) {
      listeners.add(listener)
      return { cancel: () => void listeners.delete(listener) }
    },
    async pullImage(image, command) {
      const name = parseImage(image)?.repository
      if (!findImage(image) && !command.length && /(^|\/)(invalid|missing|nonexistent)/.test(name ?? ''))
        throw new CodedError('ImagePull', `failed to pull and unpack image "${qualifiedImage(image)}": not found`)
      await pause(random.between(1, 30))
      return { id: qualifiedImage(image), sizeBytes: 1024, user: 0 }
    },
    async runSandbox(config) {
      await pause(random.between(5, 50))
      const box: Box = { id: id(), config, createdAt: clock.now(), ready: true }
      boxes.set(box.id, box)
      return box.id
    },
    async stopSandbox(key) {
      const box = boxes.get(key)
      if (box) box.ready = false
      await Promise.all(inBox(key).map((run) => stop(run, 0)))
    },
    async removeSandbox(key) {
      await Promise.all(inBox(key).map((run) => stop(run, 0)))
      for (const run of inBox(key)) runs.delete(run.id)
      boxes.delete(key)
    },
    async createContainer(key, config) {
      const box = boxes.get(key)
      if (!box?.ready) throw new CodedError('NotFound', `sandbox "${key}" is not running`)
      const run: Run = {
        id: id(),
        box,
        config,
        createdAt: clock.now(),
        plan: planContainer(config.labels, [...config.command, ...config.args], random),
        state: { type: 'created' },
        waiting: [],
      }
      runs.set(run.id, run)
      return run.id
    },
    async startContainer(key) {
      const run = find(key)
      await pause(run.plan.startMs)
      if (run.state.type !== 'created' || !runs.has(key)) return
      run.state = { type: 'running', startedAt: clock.now() }
      logs.set(
        run.config.logPath,
        `${new Date(clock.now()).toISOString().slice(0, -1)}000000Z stdout F ${run.config.name} of ${run.box.config.name} started\n`,
      )
      emit(run)
      if (run.plan.runMs !== undefined) run.timer = clock.after(run.plan.runMs, () => end(run, run.plan.code))
    },
    stopContainer: async (key, graceMs) => {
      const run = runs.get(key)
      if (run) await stop(run, graceMs)
    },
    async removeContainer(key) {
      const run = runs.get(key)
      if (run) await stop(run, 0)
      runs.delete(key)
    },
    async execSync(key) {
      if (find(key).state.type !== 'running') throw new CodedError('NotFound', `container "${key}" is not running`)
      return { code: 0, stdout: new Uint8Array(0), stderr: new Uint8Array(0), timedOut: false }
    },
    exec: async (key) => silentSession(find(key)),
    attach: async (key) => silentSession(find(key)),
    dial: async (): Promise<Connection> => {
      throw new CodedError('NotFound', 'Cannot dial a simulated pod: nothing listens in it')
    },
    async *readLog(path, { follow, finished, signal }) {
      let at = 0
      while (!signal.aborted) {
        const over = finished()
        const text = logs.get(path) ?? ''
        if (text.length > at) yield new TextEncoder().encode(text.slice(at))
        at = text.length
        if (!follow || over) return
        await pause(200)
      }
    },
    async removeLogs(directory) {
      for (const path of [...logs.keys()]) if (path.startsWith(`${directory}/`)) logs.delete(path)
    },
    stats: async () =>
      [...runs.values()]
        .filter(({ state }) => state.type === 'running')
        .map((run) => ({ id: run.id, podUid: run.box.config.uid, name: run.config.name, cpuNanoseconds: 0, memoryBytes: 0 })),
    close() {},
  }
}

/** A session in which the command says nothing and succeeds. */
function silentSession({ state }: Run): Session {
  if (state.type !== 'running') throw new CodedError('NotFound', 'the container is not running')
  return {
    output: (async function* () {
      yield { type: 'exit', code: 0 } as const
    })(),
    write: async () => {},
    end() {},
    resize() {},
    close() {},
  }
}

function describe({ id, box, config, createdAt, state }: Run): Container {
  return {
    id,
    sandboxId: box.id,
    podUid: box.config.uid,
    name: config.name,
    attempt: config.attempt,
    image: config.image,
    imageId: qualifiedImage(config.image),
    createdAt,
    logPath: config.logPath,
    labels: config.labels,
    state,
  }
}
