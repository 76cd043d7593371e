/** The Runtime that a kubelet's configuration names; a thread loads that one only. */
import type { Clock } from '../../../base/clock.js'
import type { Random } from '../../../base/random.js'
import type { Runtime } from '../runtime.js'

export interface RuntimeChoice {
  readonly runtime: 'process' | 'sim'
  readonly node: string
  readonly socket?: string
}

export async function openRuntime(
  { runtime, node, socket }: RuntimeChoice,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<Runtime> {
  switch (runtime) {
    case 'sim': {
      const { createSimulatedRuntime } = await import('../simulated.js')
      return createSimulatedRuntime({ clock, random: random.fork('runtime'), node })
    }
    case 'process': {
      if (socket === undefined)
        throw new Error(`Cannot start the kubelet of "${node}": runtime 'process' needs the runtime server's socket`)
      const { connectProcessRuntime } = await import('./process/client.js')
      return connectProcessRuntime({ socket, node })
    }
  }
}
