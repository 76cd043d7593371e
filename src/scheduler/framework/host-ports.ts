/** Ports of the node that pods occupy: which collide with which (framework/types.go HostPortInfo). */
import type { PodSpec } from '../../api/types/core-v1.js'

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

const anyAddress = '0.0.0.0'

/** The ports a pod occupies on its node; sidecars have ports as well. */
export function hostPortsOf(spec: PodSpec | undefined): HostPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const ports: HostPort[] = []
  for (const { ports: declared } of [...(spec?.containers ?? []), ...sidecars])
    for (const { hostPort, hostIP, protocol } of declared ?? [])
      if (hostPort !== undefined && hostPort > 0) ports.push({ ip: hostIP || anyAddress, protocol: protocol || 'TCP', port: hostPort })
  return ports
}

/** Whether both cannot be had on one node: all addresses together collide with each of them. */
export function portsCollide(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress)
}
