/** What probes of a chaos plan need of the machine: a GET and a program. */
import { spawn } from 'node:child_process'
import { messageOf } from '../../base/errors.js'

/** The status of a GET; rejects when there is no answer in time. */
export async function httpStatus(url: string, timeoutMs: number): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
  await response.body?.cancel()
  return response.status
}

/** A program's exit code, 128 and more when a signal ended it; what it prints is thrown away. */
export function exitCode([program = '', ...args]: readonly string[], timeoutMs: number, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: timeoutMs, env })
    child.once('error', (error) => reject(new Error(`Cannot run "${program}": ${messageOf(error)}`)))
    child.once('exit', (code) => resolve(code ?? 128))
  })
}
