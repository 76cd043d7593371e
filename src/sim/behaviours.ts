/**
 * Entry to behaviour with simulated ports: what actors/ is to threads. What outlives an incarnation on a machine (a disk,
 * the containers of a node) lives here, outside the actors.
 */
import { apiServerActor } from '../apiserver/actor.js'
import { CodedError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import { controllerActor } from '../controllers/actor.js'
import { controllerNames, loadController } from '../controllers/catalog.js'
import type { StartSpec } from '../kernel/host.js'
import { kubeletActor } from '../node/kubelet/actor.js'
import { createSimulatedProber, createSimulatedVolumes } from '../node/kubelet/simulated.js'
import { proxyActor } from '../node/proxy/actor.js'
import { createSimulatedForwarder } from '../node/proxy/forwarder.js'
import { createSimulatedMachine, createSimulatedRuntime, type SimulatedMachine } from '../node/runtime/simulated.js'
import { schedulerActor } from '../scheduler/actor.js'
import { storeActor } from '../store/actor.js'
import { createSimCrypto } from './crypto.js'
import { createSimDisk, type SimDisk } from './disk.js'
import type { Casting } from './host.js'
import type { Timeline } from './timeline.js'

export interface Scenery {
  cast(spec: StartSpec): Casting
  /** The disk of a replica, to be hurt. */
  disk(name: string): SimDisk
}

/** Loads what threads load on demand: in a simulation nothing may wait for the real event loop. */
export async function loadBehaviours(): Promise<void> {
  for (const name of controllerNames) await loadController(name)
}

export function createScenery(timeline: Timeline): Scenery {
  const disks = new Map<string, SimDisk>()
  const machines = new Map<string, { readonly machine: SimulatedMachine; readonly random: Random }>()
  const disk = (name: string): SimDisk => {
    const found = disks.get(name) ?? createSimDisk(timeline.random.fork(`disk/${name}`))
    disks.set(name, found)
    return found
  }
  // The machine's chance goes on where it was: a kubelet that comes back must not be given the ids of containers there are.
  const machine = (node: string) => {
    const found = machines.get(node) ?? { machine: createSimulatedMachine(), random: timeline.random.fork(`runtime/${node}`) }
    machines.set(node, found)
    return found
  }
  const castings: Readonly<Record<string, (spec: StartSpec) => unknown>> = {
    'store-replica': ({ name }) => ({
      behaviour: storeActor,
      ports: { openDisk: async () => disk(name).mount(timeline.clock) },
      ended: () => disk(name).detach(),
    }),
    apiserver: () => ({
      behaviour: apiServerActor,
      ports: { createCrypto: async (keys: Parameters<typeof createSimCrypto>[0]) => createSimCrypto(keys), compression: noCompression },
    }),
    scheduler: () => ({ behaviour: schedulerActor, ports: {} }),
    controller: () => ({ behaviour: controllerActor, ports: {} }),
    kubelet: () => ({
      behaviour: kubeletActor,
      ports: {
        // Containers run on the machine's clock, not on their kubelet's: they outlive it.
        runtime: ({ node }: { readonly node: string }) => createSimulatedRuntime({ clock: timeline.clock, node, ...machine(node) }),
        volumes: () => createSimulatedVolumes(),
        prober: () => createSimulatedProber(),
      },
    }),
    proxy: () => ({ behaviour: proxyActor, ports: { forwarder: () => createSimulatedForwarder() } }),
  }
  return {
    disk,
    cast(spec) {
      const casting = castings[spec.entry]
      if (!casting) throw new CodedError('InvalidChildSpec', `Cannot start "${spec.entry}": there is no such entry`)
      return casting(spec) as Casting
    },
  }
}

function noCompression(): never {
  throw new CodedError('Unsupported', 'Cannot compress headers: the simulator has no sockets')
}
