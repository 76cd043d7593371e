/** Times as the API writes them (metav1.Time): RFC 3339, UTC, whole seconds. */
export function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
