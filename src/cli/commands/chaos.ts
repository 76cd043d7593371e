/** `troupe chaos run`, `validate` and `list-faults`: plans of faults on a live cluster. */
import { readFile, writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CodedError, messageOf } from '../../base/errors.js'
import { catalogue, faultTypes } from '../../chaos/catalogue.js'
import { formatDuration } from '../../chaos/duration.js'
import { parsePlan, parsePlanText } from '../../chaos/parse-plan.js'
import { formatPlan, type Plan, summarize } from '../../chaos/plan.js'
import { describeFault } from '../../chaos/random-plan.js'
import { reportHtml } from '../../chaos/report.js'
import type { ChaosEvent, ChaosResult, Verdict } from '../../chaos/result.js'
import type { FaultKind } from '../../chaos/vocabulary.js'
import { type Cluster, createCluster } from '../../index.js'
import { streamCommand } from '../command-socket.js'
import { exitCodes } from '../exit-codes.js'
import { print, table } from '../output.js'
import { find } from '../registry.js'

export interface ChaosOptions {
  readonly name: string
  readonly ephemeral?: boolean
  readonly nodes: number
  readonly report?: string
  readonly json?: boolean
  readonly seed?: string
}

/** Carries a plan out on a cluster that runs, or on a fresh one. The exit code is the verdict's. */
export async function run(options: ChaosOptions, path: string): Promise<number> {
  const plan = await readPlan(path, options.seed)
  const result = await (options.ephemeral ? onFreshCluster(options, plan) : onRunningCluster(options, plan))
  if (options.report) await writeFile(options.report, reportHtml(result))
  if (options.json) print(result, true, String)
  else process.stdout.write(`${summaryOf(result, options.report)}\n`)
  return exitCodeOfVerdict(result.verdict)
}

/** Reads a plan and says what is wrong with it; what only a cluster can tell (who is there) is told when it runs. */
export async function validate({ json = false, seed }: Pick<ChaosOptions, 'json' | 'seed'>, path: string): Promise<number> {
  const plan = await readPlan(path, seed)
  process.stdout.write(`${json ? formatPlan(plan) : summarize(plan)}\n`)
  return exitCodes.ok
}

export async function listFaults({ json = false }: { readonly json?: boolean }): Promise<number> {
  const rows = faultTypes.map((type) => ({ type, ...catalogue[type] }))
  print(rows, json, (all) =>
    table(
      ['FAULT', 'LAYER', 'STAGES', 'WITHIN', 'PARAMETERS', 'WHAT'],
      all.map(({ type, layer, stages, within, about, parameters }) => [
        type,
        layer,
        stages.join(','),
        within,
        parametersOf(parameters),
        about,
      ]),
    ),
  )
  return exitCodes.ok
}

function parametersOf(parameters: FaultKind['parameters']): string {
  return Object.entries(parameters)
    .map(([name, { required }]) => (required ? name : `[${name}]`))
    .join(' ')
}

/** A plan of a YAML or JSON file, or what a JavaScript or TypeScript module exports as `plan`. */
async function readPlan(path: string, seed: string | undefined): Promise<Plan> {
  const module = ['.js', '.mjs', '.ts', '.mts'].includes(extname(path))
  const plan = module ? parsePlan(await planOfModule(path)) : parsePlanText(await textOf(path))
  return seed === undefined ? plan : { ...plan, seed }
}

async function planOfModule(path: string): Promise<unknown> {
  let loaded: { plan?: unknown; default?: unknown }
  try {
    loaded = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new CodedError('InvalidPlan', `Cannot load the plan "${path}": ${messageOf(error)}`)
  }
  const plan = loaded.plan ?? loaded.default
  if (plan === undefined) throw new CodedError('InvalidPlan', `Cannot use the plan "${path}": the module exports no plan`)
  return typeof plan === 'function' ? await plan() : plan
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CodedError('InvalidPlan', `Cannot read the plan "${path}": ${messageOf(error)}`)
  }
}

async function onFreshCluster({ nodes }: ChaosOptions, plan: Plan): Promise<ChaosResult> {
  const interrupt = interruption()
  const cluster: Cluster = await createCluster({ name: 'chaos', nodes, runtime: 'sim', signal: interrupt })
  try {
    const going = cluster.chaos.run(plan, { signal: interrupt })
    for await (const event of going) tell(event)
    return await going.result
  } finally {
    await cluster.stop()
  }
}

async function onRunningCluster({ name }: ChaosOptions, plan: Plan): Promise<ChaosResult> {
  const registration = await find(name)
  if (!registration) throw new CodedError('NotRunning', `Cannot find cluster "${name}": it is not running`)
  let result: ChaosResult | undefined
  for await (const line of streamCommand<ChaosLine>(registration.socket, '/chaos', plan, interruption())) {
    if ('event' in line) tell(line.event)
    else if ('result' in line) result = line.result
    else throw new CodedError(line.code, line.message)
  }
  return result ?? lost(name)
}

function lost(name: string): never {
  throw new CodedError('NotRunning', `Cannot tell how the plan went: cluster "${name}" ended before it did`)
}

/** What the cluster's process says of a plan, a line each. */
export type ChaosLine =
  | { readonly event: ChaosEvent }
  | { readonly result: ChaosResult }
  | { readonly code: string; readonly message: string }

/** Aborted at the first Ctrl-C: faults are healed before the command ends. The second one does not wait. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitCodes.failed)
      controller.abort()
    })
  return controller.signal
}

/** Progress, on stderr. */
function tell(event: ChaosEvent): void {
  const words = wordsOf(event)
  if (words) process.stderr.write(`${(event.atMs / 1_000).toFixed(3).padStart(9)}  ${words}\n`)
}

function wordsOf(event: ChaosEvent): string | undefined {
  switch (event.type) {
    case 'injected':
      return `${event.step}: ${describeFault(event.fault)} → ${event.actors.join(', ') || 'nobody'}`
    case 'healed':
      return event.hits > 0 ? `${event.step}: over, acted ${event.hits} times` : `${event.step}: over, never acted`
    case 'actor':
      return `${event.actor} ${event.event}${event.reason ? ` (${event.reason})` : ''}`
    case 'probe':
      return event.ok ? undefined : `probe ${event.probe}: ${event.found}`
    case 'begun':
      return `plan ${event.plan}${event.within === 'unsafe' ? ', outside what the system promises' : ''}`
    case 'ended':
      return `${event.verdict.outcome}`
    case 'phase':
    case 'acted':
      return undefined
  }
}

function summaryOf({ plan, verdict, workload, recoveries, lengthMs }: ChaosResult, report: string | undefined): string {
  const times = recoveries.flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  return [
    `Plan        ${plan.name}, ${formatDuration(lengthMs)}, seed ${plan.seed}`,
    `Verdict     ${verdict.outcome}${verdict.within === 'unsafe' ? ' (outside what the system promises)' : ''}`,
    ...verdict.reasons.map((reason) => `            ${reason}`),
    ...(workload
      ? [
          `Writes      ${workload.acknowledged} acknowledged, ${workload.refused} refused, ${workload.unknown} with an unknown outcome; ${workload.lost.length} lost`,
          `Longest gap ${formatDuration(workload.longestGapMs)}`,
        ]
      : []),
    ...(times.length > 0 ? [`Recoveries  ${recoveries.length}, the longest ${formatDuration(Math.max(...times))}`] : []),
    ...(report ? [`Report      ${report}`] : []),
  ].join('\n')
}

function exitCodeOfVerdict({ outcome }: Verdict): number {
  if (outcome === 'passed') return exitCodes.ok
  return outcome === 'inconclusive' ? exitCodes.inconclusive : exitCodes.violated
}
