/** One Raft replica of the store, on files. */
import { runActor } from '../src/kernel/thread/entry.js'
import { storeActor } from '../src/store/actor.js'
import { openDisk } from '../src/store/drivers/disk.js'

void runActor(storeActor, { openDisk })
