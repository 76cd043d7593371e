/** Regular expressions as Go writes them (RE2), which schemas use for strings, as expressions of this language. */

/** The expression, or what Go says is wrong with it. */
export function goRegExp(pattern: string): RegExp | string {
  const perl = /\(\?(?:<?[=!]|>)/.exec(pattern)
  if (perl) return `error parsing regexp: invalid or unsupported Perl syntax: \`${perl[0]}\``
  const reference = /(?<!\\)(?:\\\\)*(\\[1-9])/.exec(pattern)
  if (reference) return `error parsing regexp: invalid escape sequence: \`${reference[1]}\``
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? []
  const source = rest
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replace(/\[\[:(\w+):\]\]/g, (all, name) => classes[name] ?? all)
  try {
    return new RegExp(source, flags)
  } catch {
    return `error parsing regexp: ${wrongWith(rest)}`
  }
}

const classes: Readonly<Record<string, string>> = {
  alnum: '[0-9A-Za-z]',
  alpha: '[A-Za-z]',
  digit: '[0-9]',
  lower: '[a-z]',
  upper: '[A-Z]',
  space: '[\\t\\n\\v\\f\\r ]',
  word: '[0-9A-Za-z_]',
  xdigit: '[0-9A-Fa-f]',
}

/** The commonest mistakes, in regexp/syntax's words. */
function wrongWith(source: string): string {
  const bare = source.replace(/\\./g, '').replace(/\[\^?\]?[^\]]*\]/g, '')
  if (bare.includes('[')) return `missing closing ]: \`${source.slice(source.lastIndexOf('['))}\``
  const opening = (bare.match(/\(/g) ?? []).length
  const closing = (bare.match(/\)/g) ?? []).length
  if (opening > closing) return `missing closing ): \`${source}\``
  if (opening < closing) return `unexpected ): \`${source}\``
  const repetition = /(?:^|[(|])([*+?])/.exec(bare)
  if (repetition) return `missing argument to repetition operator: \`${repetition[1]}\``
  return `invalid escape sequence: \`${source}\``
}
