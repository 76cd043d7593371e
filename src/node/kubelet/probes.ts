/**
 * Probes: when they run, what their answers add up to, and the Prober port that asks over the network. Exec probes go
 * through the runtime. Texts are those of upstream's pkg/probe and pkg/kubelet/prober.
 */

import type { Container, LifecycleHandler, Probe } from '../../api/types/core-v1.js'
import type { Clock, Timer } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import type { Runtime } from '../runtime/runtime.js'

export interface Answer {
  readonly ok: boolean
  /** What was wrong, or what was answered. */
  readonly message: string
}

export interface HttpRequest {
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly timeoutMs: number
}

/** The port. Never rejects. */
export interface Prober {
  /** ok: a status of 200 to 399. Certificates are not verified; redirects to other hosts are not followed. */
  http(request: HttpRequest): Promise<Answer>
  tcp(target: { readonly host: string; readonly port: number; readonly timeoutMs: number }): Promise<Answer>
  /** grpc.health.v1.Health/Check. */
  grpc(target: { readonly host: string; readonly port: number; readonly service: string; readonly timeoutMs: number }): Promise<Answer>
}

export interface ProbeTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
}

export interface ProbePorts {
  readonly prober: Prober
  readonly runtime: Runtime
}

/** Asks once. */
export async function runProbe(probe: Probe, target: ProbeTarget, ports: ProbePorts): Promise<Answer> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  if (probe.exec) return runExec(probe.exec.command ?? [], timeoutMs, target, ports)
  if (probe.httpGet) return ports.prober.http(httpRequest(probe.httpGet, target, timeoutMs))
  if (probe.tcpSocket)
    return ports.prober.tcp({
      host: probe.tcpSocket.host || target.podIp,
      port: resolvePort(probe.tcpSocket.port, target.container),
      timeoutMs,
    })
  if (probe.grpc) return ports.prober.grpc({ host: target.podIp, port: probe.grpc.port, service: probe.grpc.service ?? '', timeoutMs })
  return { ok: true, message: '' }
}

/** Runs a postStart or preStop handler (`sleep` is the worker's: it needs the clock). */
export async function runHandler(handler: LifecycleHandler, target: ProbeTarget, ports: ProbePorts, timeoutMs: number): Promise<Answer> {
  if (handler.exec) return runExec(handler.exec.command ?? [], timeoutMs, target, ports)
  if (handler.httpGet) return ports.prober.http(httpRequest(handler.httpGet, target, timeoutMs || 30_000))
  if (handler.tcpSocket)
    return ports.prober.tcp({
      host: handler.tcpSocket.host || target.podIp,
      port: resolvePort(handler.tcpSocket.port, target.container),
      timeoutMs: timeoutMs || 30_000,
    })
  return { ok: true, message: '' }
}

async function runExec(command: readonly string[], timeoutMs: number, target: ProbeTarget, { runtime }: ProbePorts): Promise<Answer> {
  try {
    const { code, stdout, stderr, timedOut } = await runtime.execSync(target.containerId, command, timeoutMs)
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)
    if (timedOut)
      return { ok: false, message: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s` }
    return { ok: code === 0, message: text.slice(0, 10 * 1024) }
  } catch (error) {
    return { ok: false, message: messageOf(error) }
  }
}

function httpRequest(get: NonNullable<Probe['httpGet']>, { container, podIp }: ProbeTarget, timeoutMs: number): HttpRequest {
  const path = get.path || '/'
  return {
    scheme: (get.scheme ?? 'HTTP').toLowerCase(),
    host: get.host || podIp,
    port: resolvePort(get.port, container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: get.httpHeaders ?? [],
    timeoutMs,
  }
}

/** A port by number or by the name of one of the container's; 0 when there is no such name. */
export function resolvePort(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : 0)
}

export interface ProbeLoop {
  cancel(): void
}

/** Runs a probe by its schedule and says how its answers add up; `failed` is told of each bad answer. */
export function startProbeLoop(options: {
  readonly clock: Clock
  readonly probe: Probe
  readonly ask: () => Promise<Answer>
  /** Called each time a threshold is reached; twice the same in a row is possible. */
  readonly verdict: (healthy: boolean) => void
  readonly failed: (message: string) => void
}): ProbeLoop {
  const { clock, probe } = options
  const periodMs = (probe.periodSeconds ?? 10) * 1000
  let timer: Timer | undefined
  let cancelled = false
  let successes = 0
  let failures = 0
  const tick = async (): Promise<void> => {
    const { ok, message } = await options.ask()
    if (cancelled) return
    timer = clock.after(periodMs, () => void tick())
    if (ok) {
      failures = 0
      if (++successes >= (probe.successThreshold ?? 1)) options.verdict(true)
      return
    }
    successes = 0
    options.failed(message)
    if (++failures >= (probe.failureThreshold ?? 3)) options.verdict(false)
  }
  timer = clock.after((probe.initialDelaySeconds ?? 0) * 1000, () => void tick())
  return {
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
