/** The scheduler. */
import { runActor } from '../src/kernel/thread/entry.js'
import { schedulerActor } from '../src/scheduler/actor.js'

void runActor(schedulerActor, {})
