/** What a container uses, summed over its processes from /proc; zero where there is no /proc. */
import { readFileSync } from 'node:fs'
import { descendants } from './container-process.js'

const pageBytes = 4096
/** USER_HZ, which Linux has fixed for user space. */
const tickNanoseconds = 10_000_000

export function containerUsage(init: number | undefined): { cpuNanoseconds: number; memoryBytes: number } {
  let cpuNanoseconds = 0
  let memoryBytes = 0
  for (const pid of init === undefined ? [] : [init, ...descendants(init)]) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      cpuNanoseconds += (Number(fields[11]) + Number(fields[12])) * tickNanoseconds
      // Shared pages are counted once per container, not once per process: resident minus shared, as a working set.
      const [, resident = '0', shared = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
      memoryBytes += (Number(resident) - Number(shared)) * pageBytes
    } catch {}
  }
  return { cpuNanoseconds, memoryBytes }
}
