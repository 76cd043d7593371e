/** The tag of an image reference, after which imagePullPolicy is chosen (pkg/util/parsers ParseImageName). */

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${label}(?:\\.${label})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const reference = new RegExp(`^${domain}/${component}(?:/${component})*(?::(\\w[\\w.-]{0,127}))?(@${digest})?$`)

/** The tag: `latest` for a reference with neither tag nor digest, '' for one with a digest alone and for what is no reference. */
export function imageTag(image: string): string {
  if (/^[a-f0-9]{64}$/.test(image)) return ''
  const match = reference.exec(normalized(image))
  if (match === null) return ''
  const [, tag, pinned] = match
  return tag ?? (pinned === undefined ? 'latest' : '')
}

/** The reference with the registry that Docker would take. */
function normalized(image: string): string {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  const named = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  return named ? image : `docker.io/${slash < 0 ? 'library/' : ''}${image}`
}

/** Always for the moving tag, IfNotPresent for what names one image. */
export function pullPolicyOf(image: string | undefined): 'Always' | 'IfNotPresent' {
  return imageTag(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent'
}
