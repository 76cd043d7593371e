/** Links in a proxied page: those that are absolute on their host lead out of the proxy, and are put below its path. */

/** Attributes that hold an address (apimachinery/pkg/util/proxy atomsToAttrs). */
const attributes = 'action|background|cite|classid|codebase|data|formaction|href|icon|longdesc|manifest|poster|profile|src|usemap'
const link = new RegExp(`(<[a-zA-Z][^<>]*?\\s(?:${attributes})\\s*=\\s*["'])/(?!/)`, 'g')

/** `base` without a trailing slash. */
export function relink(html: string, base: string): string {
  let [text, before] = [html, '']
  // A tag may hold several addresses; each pass takes the first that is left in it.
  while (text !== before) {
    before = text
    text = text.replace(link, (_all, head: string) => `${head}\u0000`)
  }
  return text.replaceAll('\u0000', `${base}/`)
}
