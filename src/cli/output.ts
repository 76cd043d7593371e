/** What goes to stdout: data, as text or as one JSON value. */

/** Columns padded to their widest cell, as kubectl prints them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('   ')
      .trimEnd()
  return [header, ...rows].map(line).join('\n')
}

/** 12.3 MB. */
export function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${(bytes / 1e6).toFixed(1)} MB`
}

/** Prints a value to stdout: `text` of it, or itself as JSON. */
export function print<T>(value: T, json: boolean, text: (value: T) => string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text(value)}\n`)
}
