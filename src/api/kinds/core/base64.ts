/** Base64 of text, for the one place where the API turns text into bytes. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The padded standard form of a text's UTF-8. */
export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let encoded = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    encoded += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63)
    encoded += b === undefined ? '=' : alphabet.charAt((bits >> 6) & 63)
    encoded += c === undefined ? '=' : alphabet.charAt(bits & 63)
  }
  return encoded
}
