/** One node's proxy on ordinary sockets. */
import { runActor } from '../src/kernel/thread/entry.js'
import { proxyActor } from '../src/node/proxy/actor.js'
import { proxyPorts } from '../src/node/proxy/drivers/ports.js'

void runActor(proxyActor, proxyPorts)
