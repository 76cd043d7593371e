/**
 * ImageLocality: better are nodes that have the pod's images, the more bytes the better; an image counts less while few
 * nodes have it, so that pods do not pile up where it came first. plugins/imagelocality.
 */
import { type PluginFactory, scoreMax } from '../framework/plugin.js'

const mebibyte = 1024 * 1024
const bytesMin = 23 * mebibyte
/** Per container. */
const bytesMax = 1000 * mebibyte

export const imageLocality: PluginFactory = (handle) => ({
  name: 'ImageLocality',
  score(_state, { pod }, { images }) {
    if (images.size === 0) return 0
    const snapshot = handle.snapshot()
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
    let bytes = 0
    for (const { image } of containers) {
      const name = normalizedImage(image ?? '')
      const size = images.get(name)
      if (size !== undefined) bytes += Math.floor((size * snapshot.imageNodes(name)) / snapshot.nodes.length)
    }
    const most = bytesMax * containers.length
    return Math.floor((scoreMax * (Math.min(Math.max(bytes, bytesMin), most) - bytesMin)) / (most - bytesMin))
  },
})

/** With a tag, as nodes report images. */
function normalizedImage(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
