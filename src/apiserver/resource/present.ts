/** An item of the mirror in the version in which a kind is served. */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { apiVersionOf } from '../../api/meta/object.js'
import type { Served } from '../request.js'
import { fromStorage, isStorageVersion } from './conversion.js'
import type { StoredItem } from './stored-item.js'

/** The item as this kind's clients get it; converted at most once per version. */
export function present(kind: Kind, item: StoredItem): Served {
  return isStorageVersion(kind) ? item : item.view(apiVersionOf(kind), (object) => fromStorage(kind, object), kind.schema)
}

/** The object of present(). Shared: never to be changed. */
export function presentObject(kind: Kind, item: StoredItem): KubeObject {
  return present(kind, item).object
}
