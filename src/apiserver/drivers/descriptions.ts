/** The descriptions of the API's fields, as the build has packed them; for explain. */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** The JSON packed in this file; that of none when the build could not make it. */
export async function readDescriptions(packed: URL): Promise<string> {
  try {
    return (await promisify(gunzip)(await readFile(packed))).toString()
  } catch {
    return '{}'
  }
}
