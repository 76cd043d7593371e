/**
 * Who may load its modules now. Loading is pure computation: two dozen threads that load at once on a few cores only make
 * all of them late, the first as late as the last. So one core is left to those who run already, on each other core one
 * thread loads, and they take turns as they were asked for: what everybody waits for (the store, the API) is asked for first.
 */
import { availableParallelism } from 'node:os'

export interface Launcher {
  /** Runs `launch` when it is its turn; `launch` calls `loaded` once, when the next may begin. */
  ask(launch: (loaded: () => void) => void): void
}

export function createLauncher(atOnce = Math.max(1, availableParallelism() - 1)): Launcher {
  const waiting: ((loaded: () => void) => void)[] = []
  let loading = 0
  const next = (): void => {
    while (loading < atOnce) {
      const launch = waiting.shift()
      if (!launch) return
      loading++
      let done = false
      launch(() => {
        if (done) return
        done = true
        loading--
        next()
      })
    }
  }
  return {
    ask(launch) {
      waiting.push(launch)
      next()
    },
  }
}
