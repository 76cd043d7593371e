/** VolumeAttachment: one volume, one node, one driver, for good. */
import type { KubeObject } from '../../meta/object.js'
import type { VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec, VolumeError } from '../../types/storage-v1.js'
import { dnsSubdomain, entriesOf, kubeMeta, same, wholeMeta } from '../checks.js'
import { volumeSpec } from '../core/persistent-volume.js'
import { csiDriverName } from '../core/volume-sources.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required, tooLong } from '../field-path.js'
import { byteLength } from '../names.js'
import { fieldImmutable } from '../object-meta.js'

const specOf = (object: KubeObject): Partial<VolumeAttachmentSpec> => (object as unknown as VolumeAttachment).spec ?? {}
const path = field('spec')

export function validateVolumeAttachment(object: KubeObject): FieldError[] {
  const { attacher, source } = specOf(object)
  const name = source?.persistentVolumeName
  return [
    ...kubeMeta(object.metadata),
    ...body(object),
    ...csiDriverName(attacher, path.child('attacher')),
    ...(name === undefined ? [] : dnsSubdomain(name, path.child('source', 'persistentVolumeName'))),
  ]
}

export function validateVolumeAttachmentUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const spec = specOf(object)
  const shown = {
    Attacher: spec.attacher ?? '',
    Source: { PersistentVolumeName: spec.source?.persistentVolumeName ?? null, InlineVolumeSpec: spec.source?.inlineVolumeSpec ?? null },
    NodeName: spec.nodeName ?? '',
  }
  // Upstream's strategy judges the attachment, and its update does so again.
  const whole = [...wholeMeta(object.metadata, { namespaced: false }), ...body(object)]
  return [...whole, ...whole, ...(same(spec, specOf(before)) ? [] : [invalid(path, shown, fieldImmutable)])]
}

function body(object: KubeObject): FieldError[] {
  const { attacher, source, nodeName } = specOf(object)
  const { attachmentMetadata, attachError, detachError } = (object as unknown as VolumeAttachment).status ?? {}
  return [
    ...(attacher ? [] : [required(path.child('attacher'))]),
    ...volumeSource(source ?? {}, path.child('source')),
    ...dnsSubdomain(nodeName, path.child('nodeName')),
    ...metadata(attachmentMetadata, field('status', 'attachmentMetadata')),
    ...volumeError(attachError, field('status', 'attachError')),
    ...volumeError(detachError, field('status', 'detachError')),
  ]
}

function volumeSource({ persistentVolumeName: name, inlineVolumeSpec: inline }: VolumeAttachmentSource, at: FieldPath): FieldError[] {
  const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (inline === undefined && name === undefined) return [required(at, text)]
  if (inline !== undefined && name !== undefined) return [forbiddenField(at, text)]
  if (inline !== undefined) return volumeSpec(inline, at.child('inlineVolumeSpec'), { name: undefined })
  return name === '' ? [required(at.child('persistentVolumeName'), 'must specify non empty persistentVolumeName')] : []
}

const metadataBytesMax = 256 * 1024
const messageBytesMax = 1024

function metadata(given: Readonly<Record<string, string>> | undefined, at: FieldPath): FieldError[] {
  const size = entriesOf(given).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return [
    ...(given?.[''] === undefined ? [] : [invalid(at, '', 'field can not be empty.')]),
    ...(size > metadataBytesMax ? [tooLong(at, metadataBytesMax)] : []),
  ]
}

const volumeError = (error: VolumeError | undefined, at: FieldPath): FieldError[] =>
  byteLength(error?.message ?? '') > messageBytesMax ? [tooLong(at.child('message'), messageBytesMax)] : []
