#!/usr/bin/env node
/** `troupe`: parses the command line, runs one command, turns failures into exit codes. Commands live in commands/. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { messageOf } from '../base/errors.js'
import { exitCodeOf, exitCodes } from './exit-codes.js'

function integer(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

/** Found from dist/src/cli/. */
function version(): string {
  return (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

function buildProgram(run: (work: () => Promise<number>) => Promise<void>): Command {
  const program = new Command('troupe')
    .description('A whole Kubernetes cluster in one process: every component an actor that can be killed and comes back.')
    .version(version())
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .enablePositionalOptions()
  const name = () => new Option('--name <name>', 'name of the cluster').default('troupe')

  program
    .command('up')
    .description('start a cluster and keep it up; with a command after --, run it on a fresh one')
    .addOption(name())
    .option('--nodes <n>', 'number of nodes', integer, 3)
    .addOption(new Option('--runtime <kind>', 'what containers are').choices(['process', 'sim', 'auto']).default('process'))
    .option('--port <port>', 'port of the API server; 0 takes any', integer, 0)
    .option('--data-dir <dir>', 'where to keep the cluster (default: $XDG_DATA_HOME/troupe/NAME)')
    .option('--ephemeral', 'keep nothing: a temporary directory')
    .option('--kubeconfig <file>', 'also write the kubeconfig to this file')
    .option('-d, --detach', 'return when it is up and leave it running')
    .option('--json', 'print what is printed as one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', "every actor's log on stderr")
    .argument('[command...]', 'run this on a fresh cluster with KUBECONFIG set, and exit with its status')
    .passThroughOptions()
    .action((command: string[], options) => run(async () => (await import('./commands/up.js')).up(options, command)))

  const inspecting = (verb: 'down' | 'status' | 'ps' | 'kubeconfig', description: string) => {
    const command = program.command(verb).description(description).addOption(name())
    if (verb === 'status' || verb === 'ps') command.option('--json', 'print one JSON value')
    command.action((options) => run(async () => (await import('./commands/inspect.js'))[verb](options)))
  }
  inspecting('down', 'stop a cluster')
  inspecting('status', 'tell how a cluster is')
  inspecting('ps', 'list its actors')
  inspecting('kubeconfig', 'print its kubeconfig')
  program
    .command('kill')
    .description('kill an actor, as a crash would')
    .argument('<actor>', 'its name, as ps shows it')
    .addOption(name())
    .action((actor: string, options) => run(async () => (await import('./commands/inspect.js')).kill(options, actor)))
  program
    .command('sim')
    .description('run a whole cluster on one thread in virtual time, decided by a seed')
    .option('--seed <seed>', 'the seed', '1')
    .option('--seeds <n>', 'run this many seeds, from --seed on', integer)
    .option('--scenario <name>', 'what is played: crashes, storm or store', 'crashes')
    .option('--strategy <name>', 'who comes first: random, pct:D, fair-pct:D, delay:K or portfolio', 'random')
    .option('--schedule <decisions>', 'who comes first, as a failed run was told')
    .option('--plan <file>', 'the faults, in place of those that the seed draws')
    .option('--mutant <names...>', 'bugs on purpose in the store, to see them found')
    .option('--until-fail', 'run seeds until one fails, at most --seeds')
    .option('--shrink', 'make the first failure smaller')
    .option('--json', 'print one JSON object a run')
    .option('-v, --verbose', 'every log line, on stderr')
    .action((options) => run(async () => (await import('./commands/sim.js')).sim(options)))
  addChaos(program, run, name)
  addTrace(program, run)
  return program
}

function addChaos(program: Command, run: (work: () => Promise<number>) => Promise<void>, name: () => Option): void {
  const chaos = program.command('chaos').description('carry out plans of faults, and judge what comes of them')
  const commands = () => import('./commands/chaos.js')
  chaos
    .command('run')
    .description('carry a plan out on a live cluster while a client writes; the exit code is the verdict')
    .argument('<plan>', 'a YAML or JSON file, or a module that exports `plan`')
    .addOption(name())
    .option('--ephemeral', 'on a fresh cluster, for this plan alone')
    .option('--nodes <n>', 'number of nodes of the fresh cluster', integer, 1)
    .option('--report <file>', 'write a report, one HTML file')
    .option('--seed <seed>', "in place of the plan's own")
    .option('--json', 'print the whole result as one JSON object')
    .action((plan: string, options) => run(async () => (await commands()).run(options, plan)))
  chaos
    .command('validate')
    .description('read a plan and say what is wrong with it')
    .argument('<plan>', 'the same')
    .option('--seed <seed>', "in place of the plan's own")
    .option('--json', 'print the plan with every default in place')
    .action((plan: string, options) => run(async () => (await commands()).validate(options, plan)))
  chaos
    .command('list-faults')
    .description('list every kind of fault')
    .option('--json', 'print one JSON value')
    .action((options) => run(async () => (await commands()).listFaults(options)))
}

/** '5s', '500ms', '2m' to milliseconds. */
function duration(text: string): number {
  const [, amount = '', unit = 's'] = /^(\d+(?:[.]\d+)?)(ms|s|m)?$/.exec(text) ?? []
  if (amount === '') throw new InvalidArgumentError('It must be a duration such as 5s, 500ms or 2m.')
  return Math.round(Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm'])
}

/** A list of some of these words, separated by commas. */
function wordsOf(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const words = text.split(',')
    const unknown = words.find((word) => !known.includes(word))
    if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${known.join(', ')}.`)
    return words
  }
}

function addTrace(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const trace = program.command('trace').description('messages between actors, for study')
  trace
    .command('export')
    .description('export the messages of a simulated run, a running cluster or a trace file')
    .addOption(
      new Option('--format <format>', 'what to make of it')
        .choices(['ndjson', 'html', 'perfetto', 'shiviz', 'mermaid', 'columns'])
        .default('ndjson'),
    )
    .option('--seed <seed>', 'play and record the simulated run of this seed')
    .option('--scenario <name>', 'with --seed: what is played, as sim takes it')
    .option('--strategy <name>', 'with --seed: who comes first')
    .option('--schedule <decisions>', 'with --seed: who comes first, as a failed run was told')
    .option('--input <file>', 'read a trace that was exported as ndjson')
    .option('--name <name>', 'record the running cluster of this name')
    .option('--duration <time>', 'how long to record a cluster', duration, 5_000)
    .option('-o, --output <file>', 'write to this file (default: stdout)')
    .option('--compare <file>', 'html: a second run, a file or seed:S, to compare with')
    .option('--lines <n>', 'mermaid: arrows and notes at most', integer)
    .action((options) => run(async () => (await import('./commands/trace.js')).exportTrace(options)))
  trace
    .command('diff')
    .description('tell where two runs part')
    .argument('<a>', 'a trace file, or seed:S')
    .argument('<b>', 'another')
    .option('--ignore <fields>', 'fields that do not count: at, clock, detail, id', wordsOf(['at', 'clock', 'detail', 'id']), [])
    .option('--json', 'print one JSON value')
    .action((a: string, b: string, options) => run(async () => (await import('./commands/trace.js')).diffTraces(a, b, options)))
}

async function main(): Promise<void> {
  // libuv reads it when its pool is first used: three replicas' fsyncs should not wait for each other.
  process.env['UV_THREADPOOL_SIZE'] ??= '12'
  let code: number = exitCodes.ok
  const program = buildProgram(async (work) => {
    code = await work()
  })
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    else {
      process.stderr.write(`troupe: ${messageOf(error)}\n`)
      code = exitCodeOf(error)
    }
  }
  process.exit(code)
}

await main()
