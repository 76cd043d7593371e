/** The test actor on a thread. */
import { runActor } from '../../../src/kernel/thread/entry.js'
import { echoActor } from '../echo.js'

await runActor(echoActor, {})
