/** What Go calls a type in its error texts: `[]v1.Container`, `map[string]string`, `v1.ResourceList`. */
import type { TypeSchema } from '../schema/types.js'

/** The type's name as fmt's %v prints its reflect.Type. */
export function goTypeOf(type: TypeSchema): string {
  switch (type.type) {
    case 'string':
      return type.goName ?? (type.format === 'byte' ? '[]uint8' : 'string')
    case 'integer':
      return type.goName ?? type.format
    case 'number':
      return type.goName ?? 'float64'
    case 'boolean':
      return type.goName ?? 'bool'
    case 'any':
      return type.form === 'RawExtension' ? 'runtime.RawExtension' : `v1.${type.form ?? 'JSON'}`
    case 'object':
      return type.object.goType ?? 'map[string]interface {}'
    case 'list':
      return type.goName ?? `[]${elementOf(type.items)}`
    case 'map':
      return type.goName ?? `map[string]${elementOf(type.values)}`
  }
}

/** As goTypeOf(), for strings with a form that have a Go type only inside others. */
function elementOf(type: TypeSchema): string {
  if (type.type !== 'string' || type.goName) return goTypeOf(type)
  switch (type.format) {
    case 'quantity':
      return 'resource.Quantity'
    case 'int-or-string':
      return 'intstr.IntOrString'
    case 'date-time':
      return 'v1.Time'
    case 'micro-time':
      return 'v1.MicroTime'
    default:
      return goTypeOf(type)
  }
}
