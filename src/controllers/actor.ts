/**
 * The behaviour of every controller's actor: config names the controller, the catalogue loads it and nothing else. Its
 * requests go to the API server as messages, under the actor's own Kubernetes user.
 */
import { createClient } from '../client/client.js'
import { createActorTransport } from '../client/transport-actor.js'
import type { Behaviour, Instance } from '../kernel/behaviour.js'
import type { Context } from '../kernel/context.js'
import type { NoProtocol } from '../kernel/protocol.js'
import { type ControllerName, loadController, loadedController } from './catalog.js'
import { type Controller, type ControllerSettings, runController } from './framework/controller.js'

export interface ControllerConfig extends ControllerSettings {
  readonly controller: ControllerName
}

export const controllerActor: Behaviour<NoProtocol, ControllerConfig> = {
  role: 'controller',
  init(context, config) {
    // Loaded beforehand (the simulator's way: no turn of the real event loop may come in between) or on demand.
    const loaded = loadedController(config.controller)
    return loaded
      ? begin(context, loaded, config)
      : loadController(config.controller).then((controller) => begin(context, controller, config))
  },
}

function begin(context: Context, controller: Controller, settings: ControllerSettings): Instance<NoProtocol> {
  const client = createClient({ transport: createActorTransport(context), clock: context.clock, userAgent: controller.name })
  const inspect = runController(controller, { context, client, settings })
  return { inspect }
}
