/**
 * What all benchmarks share: figures out of samples, one JSON line for each on stdout, and the table that a person reads.
 * The load average stands beside every figure, because a figure of a busy machine is about the machine.
 */
import { cpus, loadavg, release, totalmem } from 'node:os'

/** One figure. Times are of the benchmark's own clock; what is absent was not measured. */
export interface Figure {
  readonly bench: string
  /** What was measured, in words. */
  readonly what: string
  readonly unit: 'ms' | 'MiB' | '1/s'
  /** How many samples. */
  readonly samples: number
  readonly min: number
  readonly median: number
  readonly p99?: number
  readonly max: number
  /** Throughput over the whole measurement, operations (or what `what` names) per second. */
  readonly perSecond?: number
  /** One-minute load average when it was measured. */
  readonly load: number
}

/** The machine that the figures are of. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly load: readonly number[]
}

const tidy = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

export function machine(): Machine {
  const cores = cpus()
  return {
    node: process.version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: loadavg().map(tidy),
  }
}

/** The value below which this share (0 to 1) of the samples lies: the nearest rank, and for the median of an even number the mean of two. */
export function quantile(sorted: readonly number[], share: number): number {
  if (share === 0.5 && sorted.length % 2 === 0) {
    const half = sorted.length / 2
    return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2
  }
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Prints the figure of these samples. A 99th percentile needs at least a hundred of them. */
export function report(
  head: { readonly bench: string; readonly what: string; readonly unit: Figure['unit']; readonly perSecond?: number },
  samples: readonly number[],
): void {
  const { perSecond, ...rest } = head
  const sorted = [...samples].sort((a, b) => a - b)
  const figure: Figure = {
    ...rest,
    samples: sorted.length,
    min: tidy(quantile(sorted, 0)),
    median: tidy(quantile(sorted, 0.5)),
    ...(sorted.length >= 100 ? { p99: tidy(quantile(sorted, 0.99)) } : {}),
    max: tidy(quantile(sorted, 1)),
    ...(perSecond === undefined ? {} : { perSecond: tidy(perSecond) }),
    load: tidy(loadavg()[0] ?? Number.NaN),
  }
  process.stdout.write(`${JSON.stringify(figure)}\n`)
}

/** The figures as text, a line each. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    ['benchmark', 'what', 'unit', 'samples', 'min', 'median', 'p99', 'max', 'per second', 'load'],
    ...figures.map(({ bench, what, unit, samples, min, median, p99, max, perSecond, load }) =>
      [bench, what, unit, samples, min, median, p99 ?? '', max, perSecond ?? '', load].map(String),
    ),
  ]
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const words = 3
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < words ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
