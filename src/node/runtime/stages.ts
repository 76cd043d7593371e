/**
 * What a simulated container does, as a table (the idea is kwok's stages): how long it takes to start, how long it runs,
 * and how it ends. Decided by annotations of the pod, else by the command where that is simple, else it runs for ever.
 *
 *   troupe.dev/run-seconds   how long its main containers run
 *   troupe.dev/exit-code     how they end then
 *   troupe.dev/start-seconds how long they take to start
 */
import type { Random } from '../../base/random.js'

export interface ContainerPlan {
  readonly startMs: number
  /** Undefined: until it is stopped. */
  readonly runMs: number | undefined
  readonly code: number
  /** How long it takes to obey the stop signal. */
  readonly stopMs: number
}

/** Milliseconds a simulated container takes to start and to stop, when nobody says. */
const startMs = { low: 20, high: 400 } as const
const stopMs = { low: 5, high: 200 } as const

export function planContainer(labels: Readonly<Record<string, string>>, argv: readonly string[], random: Random): ContainerPlan {
  const number = (key: string) => (labels[key] === undefined || Number.isNaN(Number(labels[key])) ? undefined : Number(labels[key]))
  const start = number('troupe.dev/start-seconds')
  const run = number('troupe.dev/run-seconds')
  const code = number('troupe.dev/exit-code')
  const simple = planCommand(argv)
  const hasPlan = run !== undefined || code !== undefined
  return {
    startMs: start === undefined ? random.between(startMs.low, startMs.high) : start * 1000,
    runMs: run !== undefined ? run * 1000 : hasPlan ? random.between(10, 100) : simple.runMs,
    code: code ?? simple.code,
    stopMs: random.between(stopMs.low, stopMs.high),
  }
}

/** `true`, `false`, `exit N`, `sleep N`, alone or in sequence under `sh -c`. */
export function planCommand(argv: readonly string[]): { runMs: number | undefined; code: number } {
  const script = /^(\/bin\/)?(ba|da)?sh$/.test(argv[0] ?? '') && /^-\w*c$/.test(argv[1] ?? '') ? (argv[2] ?? '') : argv.join(' ')
  let runMs = 1
  for (const step of script.split(/;|&&|\n/).map((text) => text.trim())) {
    const [command = '', argument = '0'] = step.split(/\s+/)
    switch (command.replace(/^.*\//, '')) {
      case '':
      case ':':
      case 'true':
      case 'echo':
      case 'date':
      case 'hostname':
      case 'printf':
        continue
      case 'false':
        return { runMs, code: 1 }
      case 'exit':
        return { runMs, code: Number(argument) || 0 }
      case 'sleep': {
        const seconds = Number(argument.replace(/s$/, ''))
        if (Number.isNaN(seconds)) return { runMs: undefined, code: 0 }
        runMs += seconds * 1000
        continue
      }
      default:
        return { runMs: undefined, code: 0 }
    }
  }
  return argv.length ? { runMs, code: 0 } : { runMs: undefined, code: 0 }
}
