/** One node's kubelet with the runtime its configuration names. */
import { runActor } from '../src/kernel/thread/entry.js'
import { kubeletActor } from '../src/node/kubelet/actor.js'
import { kubeletPorts } from '../src/node/kubelet/drivers/ports.js'

void runActor(kubeletActor, kubeletPorts)
