/** The descriptions of the API's fields, as the build has packed them; for explain. */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const packed = new URL('../../api/generated/descriptions.json.gz', import.meta.url)

/** Their JSON; that of none when the build could not make them. */
export async function readDescriptions(): Promise<string> {
  try {
    return (await promisify(gunzip)(await readFile(packed))).toString()
  } catch {
    return '{}'
  }
}
