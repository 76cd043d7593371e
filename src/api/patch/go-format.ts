/** Values as Go's fmt prints them, for error texts that carry them: `map[a:1 b:[x y]]`, `map[string]interface {}{"a":1}`. */

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** As `%v` prints a value decoded from JSON. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(formatValue).join(' ')}]`
  if (isMap(value)) {
    const keys = Object.keys(value).sort()
    return `map[${keys.map((key) => `${key}:${formatValue(value[key])}`).join(' ')}]`
  }
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

/** As `%#v` prints it. */
export function formatSource(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(formatSource).join(', ')}}`
  if (isMap(value)) {
    const keys = Object.keys(value).sort()
    return `map[string]interface {}{${keys.map((key) => `${JSON.stringify(key)}:${formatSource(value[key])}`).join(', ')}}`
  }
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

/** An integer in full; a float with an exponent from 1e21 on and below 1e-4, of two digits at least. */
function formatNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** What Go calls the type of a value decoded from JSON. */
export function goTypeOf(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)'
  if (Array.isArray(value)) return '[]interface {}'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'float64'
    default:
      return 'map[string]interface {}'
  }
}

/** What encoding/json calls a JSON value that does not fit: `array`, `string`, `number`, `bool`, `object`. */
export function jsonKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value
}
