/**
 * Finding processes that a container or a whole cluster left behind, by the marker in their environment. Linux only; where
 * there is no /proc there is nothing to find and the process group has to do.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** The variable every container's process carries: `<cluster>/<container id>`. */
export const markerVariable = 'TROUPE_CONTAINER'

/** Processes whose marker starts with `prefix`. */
export function findMarked(prefix: string): number[] {
  const wanted = Buffer.from(`${markerVariable}=${prefix}`)
  let pids: string[] = []
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {}
  return pids
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`)
        const at = environment.indexOf(wanted)
        return at === 0 || (at > 0 && environment[at - 1] === 0)
      } catch {
        return false
      }
    })
    .map(Number)
    .filter((pid) => pid !== process.pid)
}

/** Kills them, again until none is left (a process may fork while it is being looked for); returns how many there were. */
export function killMarked(prefix: string): number {
  let killed = 0
  for (let round = 0; round < 5; round++) {
    const found = findMarked(prefix)
    if (!found.length) break
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
        killed++
      } catch {}
    }
  }
  return killed
}
