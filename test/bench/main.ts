/**
 * `npm run bench [-- NAME...]`: runs the benchmarks, each in a process of its own. Figures are JSON lines on stdout, the
 * machine's first; a table of them is on stderr at the end. Nothing is asserted: the exit status tells only whether all ran.
 */
import { runProgram } from './child.js'
import { type Figure, machine, table } from './report.js'

const benchmarks = ['start', 'memory', 'api', 'recovery', 'sim']
const timeoutMs = 120_000

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !benchmarks.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`Cannot run ${unknown.join(', ')}: there are ${benchmarks.join(', ')}\n`)
    return 2
  }
  const before = machine()
  const startedAt = performance.now()
  process.stdout.write(`${JSON.stringify({ machine: before })}\n`)
  const figures: Figure[] = []
  let failed = 0
  for (const name of names.length > 0 ? names : benchmarks) {
    const take = (line: string) => {
      process.stdout.write(`${line}\n`)
      figures.push(JSON.parse(line) as Figure)
    }
    await runProgram(name, [], take, timeoutMs).catch((error: unknown) => {
      failed++
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    })
  }
  const { node, platform, cpu, cores, memoryMiB, load } = before
  process.stderr.write(`\nNode ${node}, ${platform}, ${cores} cores (${cpu}), ${memoryMiB} MiB\n`)
  process.stderr.write(
    `load average ${load.join(' ')} before, ${machine().load.join(' ')} after, ${Math.round((performance.now() - startedAt) / 1000)} s in all\n\n${table(figures)}\n`,
  )
  return failed > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.slice(2))
