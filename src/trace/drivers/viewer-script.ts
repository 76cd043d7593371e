/**
 * The viewer's program as one text: its modules, as the build has left them, joined in the order in which they need each
 * other, each in a function of its own. A bundler in thirty lines, because one is only needed for modules that import
 * nothing but each other, by name; anything else is refused here, not in the browser.
 */
import { readFile } from 'node:fs/promises'
import { CodedError } from '../../base/errors.js'

const entry = new URL('../viewer/main.js', import.meta.url)

/** Reads and joins the modules. Throws code 'ViewerBroken' for one that cannot be joined. */
export async function readViewerScript(): Promise<string> {
  const names = new Map<string, string>()
  const parts: string[] = []
  const join = async (url: URL): Promise<string> => {
    const known = names.get(url.href)
    if (known) return known
    const name = `module${names.size}`
    names.set(url.href, name)
    const text = await readFile(url, 'utf8')
    const imports: string[] = []
    for (const [, bindings = '', from = ''] of text.matchAll(/^import \{([^}]*)\} from "([^"]+)";$/gm))
      imports.push(`const {${bindings.replaceAll(' as ', ': ')}} = ${await join(new URL(from, url))}`)
    const body = text
      .replace(/^import \{[^}]*\} from "[^"]+";$/gm, '')
      .replace(/^export \{([^}]*)\};$/m, (_, exported: string) => `return {${exported.replace(/(\w+) as (\w+)/g, '$2: $1')}}`)
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    if (/^(import|export)\b/m.test(body))
      throw new CodedError('ViewerBroken', `Cannot make the viewer: ${url.pathname} imports or exports in another way`)
    parts.push(`const ${name} = (() => {\n${imports.join('\n')}\n${body.trim()}\n})()`)
    return name
  }
  await join(entry)
  return parts.join('\n')
}
