/** `troupe status`, `ps`, `kubeconfig`, `kill` and `down`: questions and orders to a cluster that runs. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '../../base/errors.js'
import type { ActorInfo } from '../../index.js'
import { type ClusterStatus, sendCommand } from '../command-socket.js'
import { exitCodes } from '../exit-codes.js'
import { megabytes, print, table } from '../output.js'
import { find, type Registration, runningNames } from '../registry.js'

export interface InspectOptions {
  readonly name: string
  readonly json?: boolean
}

async function registrationOf(name: string): Promise<Registration> {
  const registration = await find(name)
  if (registration) return registration
  const others = await runningNames()
  const hint = others.length ? `; running: ${others.join(', ')}` : ''
  throw new CodedError('NotRunning', `Cannot find cluster "${name}": it is not running${hint}`)
}

export async function status({ name, json = false }: InspectOptions): Promise<number> {
  const { socket } = await registrationOf(name)
  const found = await sendCommand<ClusterStatus>(socket, 'GET', '/status')
  print(found, json, ({ state, server, kubeconfig, dataDir, pid, startedAt, actors }) =>
    [
      `Name         ${name}`,
      `State        ${state}`,
      `API server   ${server}`,
      `Kubeconfig   ${kubeconfig}`,
      `Data         ${dataDir}`,
      `Process      ${pid}, up ${Math.round((Date.now() - startedAt) / 1000)} s`,
      `Actors       ${actors.running} of ${actors.total} running, ${actors.restarts} restarts`,
    ].join('\n'),
  )
  return exitCodes.ok
}

export async function ps({ name, json = false }: InspectOptions): Promise<number> {
  const { socket } = await registrationOf(name)
  const actors = await sendCommand<ActorInfo[]>(socket, 'GET', '/actors')
  print(actors, json, (all) =>
    table(
      ['ACTOR', 'ROLE', 'SUPERVISOR', 'STATE', 'INCARNATION', 'RESTARTS', 'MAILBOX', 'HEAP', 'CPU', 'LAST EXIT'],
      all.map((actor) => [
        actor.name,
        actor.role,
        actor.path.slice(1).join('/') || '-',
        actor.state,
        String(actor.incarnation),
        String(actor.restarts),
        actor.mailbox === undefined ? '-' : String(actor.mailbox),
        megabytes(actor.heapBytes),
        actor.load === undefined ? '-' : `${(actor.load * 100).toFixed(1)}%`,
        actor.lastExit ?? '-',
      ]),
    ),
  )
  return exitCodes.ok
}

export async function kubeconfig({ name }: InspectOptions): Promise<number> {
  const { kubeconfig: path } = await registrationOf(name)
  process.stdout.write(await readFile(path, 'utf8'))
  return exitCodes.ok
}

export async function kill({ name }: InspectOptions, actor: string): Promise<number> {
  const { socket } = await registrationOf(name)
  await sendCommand(socket, 'POST', `/actors/${encodeURIComponent(actor)}/kill`)
  process.stderr.write(`Killed "${actor}"; its supervisor starts it again\n`)
  return exitCodes.ok
}

/** Stops a cluster and waits until its process is gone; nothing to do is success. */
export async function down({ name }: InspectOptions): Promise<number> {
  const registration = await find(name)
  if (!registration) {
    process.stderr.write(`Cluster "${name}" is not running\n`)
    return exitCodes.ok
  }
  await sendCommand(registration.socket, 'POST', '/down')
  const alive = () => {
    try {
      process.kill(registration.pid, 0)
      return true
    } catch {
      return false
    }
  }
  while (alive()) await sleep(20)
  process.stderr.write(`Cluster "${name}" is down\n`)
  return exitCodes.ok
}
