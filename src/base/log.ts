/** The Logger port: structured fields, no console. Silent unless somebody listens. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of a log; `fields` is plain data. */
export interface LogRecord {
  readonly at: number
  readonly level: LogLevel
  readonly actor: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** A Logger that hands each record to `write`. */
export function createLogger(actor: string, now: () => number, write: (record: LogRecord) => void): Logger {
  const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) =>
    write({ at: now(), level, actor, message, ...(fields ? { fields } : {}) })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A Logger that says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
