/** The columns of built-in Tables, from the table of the published API; a kind's Strategy gives the cells. */
import { columns } from '../generated/columns.js'
import type { TableColumn } from '../kind.js'

/**
 * The columns of a kind as upstream's printers name it: the kind's own name but for 'MutatingWebhook' and
 * 'ValidatingWebhook' (...Configuration) and 'DeviceTaint'. Undefined for kinds that have the default columns.
 */
export function tableColumns(printer: string): readonly TableColumn[] | undefined {
  const line = columns.split('\n').find((candidate) => candidate.startsWith(`${printer}\t`))
  return line
    ?.split('\t')
    .slice(1)
    .map((column) => {
      const [name = '', type = '', format = '', priority = '0'] = column.split('|')
      return { name, type, format, description: '', priority: Number(priority) }
    })
}
