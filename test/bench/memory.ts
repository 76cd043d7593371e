/** Resident memory of a cluster at rest: three nodes, no pods, five seconds after it was ready. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import { createCluster } from '../../src/index.js'
import { report } from './report.js'

const restMs = 5_000
const looks = 5

const resident = (pid: number | 'self') => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** This process' child that is the runtime server. */
function runtimeServer(): number {
  const found = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]
      return parent === String(process.pid) && readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('runtime/drivers/process/server')
    } catch {
      // It ended while we looked.
      return false
    }
  })
  if (!found) throw new Error('Cannot find the runtime server: no child of this process is one')
  return Number(found)
}

const before = resident('self')
await using cluster = await createCluster({ hangMs: 5_000 })
await new Promise((resolve) => setTimeout(resolve, restMs))
const server = runtimeServer()
const main: number[] = []
const beside: number[] = []
for (let look = 0; look < looks; look++) {
  main.push(resident('self'))
  beside.push(resident(server))
  await new Promise((resolve) => setTimeout(resolve, 200))
}
const actors = await cluster.actors()
report({ bench: 'memory', what: 'resident: the process before the cluster', unit: 'MiB' }, [before])
report({ bench: 'memory', what: `resident: the process, ${actors.length} actors at rest`, unit: 'MiB' }, main)
report({ bench: 'memory', what: 'resident: the runtime server', unit: 'MiB' }, beside)
report(
  { bench: 'memory', what: 'heap used of one actor', unit: 'MiB' },
  actors.flatMap(({ heapBytes }) => (heapBytes === undefined ? [] : [heapBytes / 2 ** 20])),
)
