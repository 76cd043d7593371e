/** Which protocols a client offers for a connection that is taken over. */

/** The subprotocols of a WebSocket request in the client's order, without the one that only carries a token. */
export function offeredProtocols(headers: Readonly<Record<string, string>>): string[] {
  return splitList(headers['sec-websocket-protocol']).filter((one) => !one.startsWith('base64url.bearer.authorization.k8s.io.'))
}

/** The values of a header that lists, or was repeated. */
export function splitList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
