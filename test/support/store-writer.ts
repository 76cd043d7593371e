/** A process to be killed: three replicas, and writers that print each write once it is acknowledged. Arguments: directory, run. */
import { writeSync } from 'node:fs'
import { storeThreads } from './store-threads.js'
import { put } from './store-world.js'

const [directory = '', run = ''] = process.argv.slice(2)
const { client } = await storeThreads(directory, { snapshotEntries: 300, catchUpEntries: 50, segmentBytesMax: 20_000 })
for (let writer = 0; writer < 8; writer++)
  void (async () => {
    for (let i = 0; ; i++) {
      const key = `w/${run}/${writer}/${i}`
      const { revision } = await client.txn(put(key, `value of ${key}`))
      writeSync(1, `${key} ${revision}\n`)
    }
  })()
