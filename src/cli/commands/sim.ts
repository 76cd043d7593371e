/** `troupe sim`: simulated runs, decided by their seeds. */
import { nextTurn } from '../../kernel/thread/platform.js'
import { exitCodes } from '../exit-codes.js'
import { print } from '../output.js'

export interface SimOptions {
  readonly seed: string
  readonly seeds?: number
  readonly json?: boolean
  readonly verbose?: boolean
}

export async function sim({ seed, seeds = 1, json = false, verbose = false }: SimOptions): Promise<number> {
  const { simulate } = await import('../../sim/world.js')
  let failed = 0
  for (let i = 0; i < seeds; i++) {
    // Numbers count up; any other text is a seed of its own and, repeated, is numbered.
    const one = /^\d+$/.test(seed) ? String(Number(seed) + i) : i === 0 ? seed : `${seed}/${i}`
    const startedAt = performance.now()
    const result = await simulate({
      seed: one,
      turn: nextTurn,
      ...(verbose ? { onLog: ({ at, level, actor, message }) => void process.stderr.write(`${at} ${level} ${actor} ${message}\n`) } : {}),
    })
    const seconds = (performance.now() - startedAt) / 1000
    if (!result.ok) failed++
    print({ ...result, seconds }, json, ({ ok, hash, events, virtualMs, message }) =>
      [
        `seed ${one}  ${ok ? 'ok' : 'FAILED'}  hash ${hash}  ${events} events  ${(virtualMs / 1000).toFixed(1)} s virtual in ${seconds.toFixed(1)} s`,
        ...(ok ? [] : [message, `replay: troupe sim --seed ${one}`]),
      ].join('\n'),
    )
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failed
}
