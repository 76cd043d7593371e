/** The worker of one controller; which one is in its config. */
import { controllerActor } from '../src/controllers/actor.js'
import { runActor } from '../src/kernel/thread/entry.js'

void runActor(controllerActor, {})
