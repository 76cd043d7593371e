/** Runs a benchmark's program in a process of its own, so that no measurement inherits another's heap and compiled code. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Runs dist/test/bench/NAME.js with `args` and gives every line it prints to `onLine`. Resolves when it has ended well;
 * rejects otherwise, and when it takes longer than `timeoutMs`: then it is killed.
 */
export function runProgram(name: string, args: readonly string[], onLine: (line: string) => void, timeoutMs: number): Promise<void> {
  const program = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // As `troupe` itself does: three replicas' fsyncs should not wait for each other.
    env: { ...process.env, UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? '12' },
  })
  createInterface({ input: child.stdout }).on('line', onLine)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve()
      else reject(new Error(`Cannot run ${name}: it ended with ${signal ?? code}`))
    })
  })
}
