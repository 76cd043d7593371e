/** The real ports of a kubelet, as its configuration asks for them. */
import { openRuntime } from '../../runtime/drivers/catalog.js'
import type { KubeletPorts } from '../actor.js'
import { createSimulatedProber, createSimulatedVolumes } from '../simulated.js'
import { createProber } from './prober.js'
import { createFileVolumes } from './volumes.js'

export const kubeletPorts: KubeletPorts = {
  runtime: (config, context) => openRuntime(config, context),
  volumes: (config) => (config.runtime === 'sim' ? createSimulatedVolumes() : createFileVolumes()),
  prober: (config) => (config.runtime === 'sim' ? createSimulatedProber() : createProber()),
}
