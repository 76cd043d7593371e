/** Whether an address can be had, before a thread is started that needs it. */
import { createServer } from 'node:net'
import { CodedError } from '../../base/errors.js'

/** The port, when it can be had now; any free one for 0. Throws 'ListenFailed'. */
export function probePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.code === 'EACCES' ? 'permission denied' : error.message
      reject(new CodedError('ListenFailed', `Cannot listen on ${host}:${port}: ${why}`, { details: { host, port } }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
