/** DefaultIngressClass: an ingress that names no class gets the cluster's (plugin/pkg/admission/network/defaultingressclass). */
import type { KubeObject } from '../../api/meta/object.js'
import type { Ingress } from '../../api/types/networking-v1.js'
import { isAbout } from './forbidden-by.js'
import type { AdmissionPlugin } from './plugin.js'

const classes = { group: 'networking.k8s.io', resource: 'ingressclasses' }
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class'
const classAnnotation = 'kubernetes.io/ingress.class'

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  admit(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, 'networking.k8s.io', 'ingresses')) return
    const ingress = attributes.object as Ingress & KubeObject
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[classAnnotation] !== undefined) return
    const found = world.lookup.list(classes).filter(({ metadata }) => metadata.annotations?.[defaultAnnotation] === 'true')
    const newest = [...found].sort(
      (a, b) =>
        compare(b.metadata.creationTimestamp ?? '', a.metadata.creationTimestamp ?? '') || compare(a.metadata.name, b.metadata.name),
    )[0]
    if (!newest) return
    ingress.spec = { ...ingress.spec, ingressClassName: newest.metadata.name }
  },
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
