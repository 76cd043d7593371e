/**
 * The format of the published data files: comments, a command with its input, a line of dashes, and the expected outcome up to an
 * empty line. Read from the reference data beside the repository; TROUPE_REFERENCE names another place.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const reference = join(process.env['TROUPE_REFERENCE'] ?? join(process.cwd(), '..', 'shared'), 'raft-scripts')

/** False, or why there is nothing to compare with. */
export const skip = existsSync(reference) ? false : `no reference data in ${reference}`

export interface Case {
  readonly file: string
  /** File and line of the end of the outcome. */
  readonly name: string
  readonly command: string
  /** What follows the command: words, and values by name, where (1,2) is one value. */
  readonly words: readonly string[]
  readonly args: ReadonlyMap<string, string>
  /** Lines between the command and the dashes, joined. */
  readonly input: string
  readonly expected: string
}

/** The files of a folder. */
export function dataFiles(folder: string): string[] {
  return readdirSync(join(reference, folder)).sort()
}

/** The cases of one file. */
export function casesOf(folder: string, file: string): Case[] {
  const found: Case[] = []
  let head: string[] = []
  let body: string[] | undefined
  for (const [at, line] of [...readFileSync(join(reference, folder, file), 'utf8').split('\n'), ''].entries()) {
    if (body === undefined && line === '----') body = []
    else if (body === undefined) {
      if (line !== '' && !line.startsWith('#')) head.push(line)
    } else if (line !== '') body.push(line)
    else {
      found.push(parseCase(file, at, head, body))
      head = []
      body = undefined
    }
  }
  return found
}

function parseCase(file: string, line: number, head: readonly string[], body: readonly string[]): Case {
  const [first = '', ...rest] = head
  const [command = '', ...words] = first.split(/\s+(?![^(]*\))/)
  const args = new Map([...first.matchAll(/([\w-]+)=(\([^)]*\)|\S+)/g)].map((match) => [match[1] ?? '', match[2] ?? '']))
  return { file, name: `${file}:${line}`, command, words, args, input: rest.join(' '), expected: body.join('\n') }
}

/** The words in "(1,2)" or "1". */
export function listOf(text = ''): string[] {
  return text
    .replace(/[()]/g, '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
