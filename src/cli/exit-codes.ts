/** The exit codes of `troupe`, as docs/reference/cli.md lists them. */
import { codeOf } from '../base/errors.js'

export const exitCodes = {
  ok: 0,
  /** Something went wrong that no other code names. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No cluster of this name runs. */
  notRunning: 3,
  /** No actor of this name. */
  noSuchActor: 4,
  /** A port or data directory is in use or cannot be used. */
  unavailable: 5,
  /** A chaos plan's run failed or was ended early. */
  violated: 6,
  /** A chaos plan's run proves nothing: a step of it never acted. */
  inconclusive: 7,
  /** A file cannot be read or written, or is not what it should be. */
  badFile: 8,
} as const

const byErrorCode: Readonly<Record<string, number>> = {
  InvalidOption: exitCodes.usage,
  InvalidPlan: exitCodes.usage,
  NotRunning: exitCodes.notRunning,
  NoSuchActor: exitCodes.noSuchActor,
  ListenFailed: exitCodes.unavailable,
  DataDirInUse: exitCodes.unavailable,
  DataDirUnusable: exitCodes.unavailable,
  FileUnusable: exitCodes.badFile,
  TraceVersion: exitCodes.badFile,
  TraceDamaged: exitCodes.badFile,
}

/** The exit code for a failure. */
export function exitCodeOf(error: unknown): number {
  return byErrorCode[codeOf(error) ?? ''] ?? exitCodes.failed
}
