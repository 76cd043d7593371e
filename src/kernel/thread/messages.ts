/**
 * What a thread and its host say to each other besides the control plane: starts and deaths of others, links, logs, and
 * the actor's own readiness or failure. One closed union each way; both ends refuse anything else.
 */
import type { MessagePort } from 'node:worker_threads'
import type { WireError } from '../../base/errors.js'
import type { LogRecord } from '../../base/log.js'
import type { Address } from '../address.js'
import type { MonitorEvent } from '../context.js'
import type { FaultSpec } from '../faults.js'
import type { Culprit, PoisonBrief } from '../poison.js'
import type { TraceEvent } from '../tracer.js'
import type { ReportedWait } from '../wait-graph.js'
import type { RecordingOrder, TraceBatch } from './trace-stream.js'

/** What a worker is started with (workerData). */
export interface ThreadStart {
  readonly address: Address
  readonly slot: number
  readonly seed: string
  readonly config: unknown
  readonly control: MessagePort
  readonly host: MessagePort
  /** See vital-signs.ts; it beats every heartbeatPeriodMs while the event loop turns. */
  readonly heartbeat: SharedArrayBuffer
  readonly heartbeatPeriodMs: number
  /** Who runs already. */
  readonly running: readonly Address[]
  /** Faults in force from the first moment on. */
  readonly faults: readonly FaultSpec[]
  readonly poison: PoisonBrief
  /** What to record from the first message on. */
  readonly recording?: RecordingOrder
}

export type ToThread =
  | { readonly type: 'directory'; readonly event: MonitorEvent }
  | { readonly type: 'park'; readonly parked: PoisonBrief['parked'] }
  | { readonly type: 'fail-call'; readonly wait: string; readonly message: string }
  /** What is sent and received is recorded from now on; the host has taken so many events; no more is wanted. */
  | { readonly type: 'record'; readonly order: RecordingOrder }
  | { readonly type: 'recorded'; readonly events: number }
  | { readonly type: 'record-end' }
  /** A peer has connected. */
  | { readonly type: 'accept'; readonly peer: Address; readonly port: MessagePort }
  /** The answer to 'connect'; without a port there is no such incarnation. */
  | { readonly type: 'connected'; readonly request: number; readonly peer?: Address; readonly port?: MessagePort }

export type FromThread =
  /** Its modules are there and the actor begins. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: WireError; readonly trace: readonly TraceEvent[]; readonly culprit?: Culprit }
  /** The actor has done its work and asks to be stopped. */
  | { readonly type: 'finish' }
  | { readonly type: 'waiting'; readonly waits: readonly ReportedWait[] }
  | { readonly type: 'connect'; readonly request: number; readonly address: Address }
  | { readonly type: 'log'; readonly record: LogRecord }
  | { readonly type: 'trace'; readonly batch: TraceBatch }
  | { readonly type: 'fault-hit'; readonly id: string; readonly count: number }
