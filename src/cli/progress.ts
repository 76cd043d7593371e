/** Progress on stderr: a line that redraws itself on a terminal, a plain line a step elsewhere. */
import colors from 'picocolors'
import type { Progress } from '../index.js'

const titles: Readonly<Record<Progress['step'], string>> = {
  directory: 'data directory',
  certificates: 'certificates',
  actors: 'actors',
  api: 'API',
  nodes: 'nodes',
}
const order = Object.keys(titles) as Progress['step'][]

export interface ProgressView {
  show(progress: Progress): void
  /** Ends the display with a last line. */
  end(line: string): void
}

/** A display on `stream`; silent when `quiet`. */
export function createProgressView(stream: NodeJS.WriteStream, quiet: boolean): ProgressView {
  if (quiet) return { show() {}, end() {} }
  const startedAt = performance.now()
  const reached = new Map<Progress['step'], Progress>()
  const live = stream.isTTY === true
  const elapsed = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  const draw = () => {
    const parts = order.map((step) => {
      const { done, of } = reached.get(step) ?? { done: 0, of: 0 }
      const text = of > 1 ? `${titles[step]} ${done}/${of}` : titles[step]
      if (of > 0 && done >= of) return colors.green(`✓ ${text}`)
      return done > 0 ? colors.yellow(text) : colors.dim(text)
    })
    stream.write(`\r\x1b[2K${parts.join('  ')}  ${colors.dim(elapsed())}`)
  }
  const ticker = live ? setInterval(draw, 100).unref() : undefined
  return {
    show(progress) {
      const before = reached.get(progress.step)
      reached.set(progress.step, progress)
      if (live) draw()
      else if (progress.done >= progress.of && (before?.done ?? 0) < progress.of)
        stream.write(`${titles[progress.step]}: ready (${elapsed()})\n`)
    },
    end(line) {
      clearInterval(ticker)
      stream.write(live ? `\r\x1b[2K${line} (${elapsed()})\n` : `${line} (${elapsed()})\n`)
    },
  }
}
