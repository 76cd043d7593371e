/** Ports of a Pod's containers that say the same thing twice or contradict each other (pkg/api/pod/warnings.go). */
import type { ContainerPort, PodSpec } from '../../types/core-v1.js'
import type { FieldPath } from '../../validation/field-path.js'
import { containersOf } from './containers.js'

export function portWarnings(spec: PodSpec, path: FieldPath): string[] {
  const known = new Map<string, { readonly port: ContainerPort; readonly at: FieldPath }[]>()
  const texts: string[] = []
  for (const { container, path: here } of containersOf(spec, path)) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const at = here.child('ports').index(i)
      if (port.hostIP && !port.hostPort) texts.push(`${at}: hostIP set without hostPort: ${goText(port)}`)
      const key = `${port.containerPort}/${port.protocol}`
      const others = known.get(key) ?? []
      for (const other of others) {
        const relation = relationOf(port, other.port)
        if (relation !== undefined) texts.push(`${at}: ${relation} port definition with ${other.at}`)
      }
      known.set(key, [...others, { port, at }])
    }
  }
  return texts
}

function relationOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const [[ipA, portA], [ipB, portB]] = [a, b].map(({ hostIP = '', hostPort = 0 }) => [hostIP, hostPort] as const) as [
    readonly [string, number],
    readonly [string, number],
  ]
  if (ipA === ipB && portA === portB) return 'duplicate'
  if (portA === 0 || portB === 0) return 'overlapping'
  return portA === portB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined
}

/** The port as Go prints a struct. */
function goText({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
}
