/**
 * A kubelet's other ports for simulated nodes: volumes that hold nothing, and probes that succeed. With
 * runtime/simulated.ts they are what runs under `--runtime sim` and in the simulator.
 */
import type { Prober } from './probes.js'
import type { Volumes } from './volumes.js'

export function createSimulatedVolumes(): Volumes {
  return {
    setUp: async (directory) => directory,
    subPath: async (volume, subPath) => `${volume}/${subPath}`,
    writeFile: async () => {},
    remove: async () => {},
    list: async () => [],
  }
}

export function createSimulatedProber(): Prober {
  const answer = async () => ({ ok: true, message: '' })
  return { http: answer, tcp: answer, grpc: answer }
}
