/** Secret: pkg/registry/core/secret/strategy.go and SetDefaults_Secret. stringData is for writing only. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { secretRow } from '../../printers/cluster.js'
import type { Secret } from '../../types/core-v1.js'
import { validateSecret, validateSecretUpdate } from '../../validation/core/data.js'
import { encodeBase64 } from './base64.js'

export const secretStrategy: Strategy = {
  applyDefaults,
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  prepareForUpdate: (object, old) => {
    // An update that leaves the type out does not mean another one.
    const { type } = old as Secret
    if (type) (object as Secret).type ||= type
  },
  selectableFields: { type: (object) => (object as Secret).type ?? '' },
  ...printed('Secret', secretRow),
}

function applyDefaults(object: KubeObject): void {
  const secret = object as Secret
  for (const [key, text] of Object.entries(secret.stringData ?? {})) secret.data = { ...secret.data, [key]: encodeBase64(text) }
  delete secret.stringData
  secret.type ||= 'Opaque'
}
