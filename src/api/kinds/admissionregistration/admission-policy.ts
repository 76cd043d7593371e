/** ValidatingAdmissionPolicy and MutatingAdmissionPolicy with their bindings: pkg/registry/admissionregistration and the v1 defaults. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { mutatingPolicyRow, policyBindingRow, validatingPolicyRow } from '../../printers/access.js'
import { printedAs } from '../../printers/cells.js'
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../types/admissionregistration-v1.js'
import {
  validateMutatingAdmissionPolicy,
  validateMutatingAdmissionPolicyBinding,
  validateValidatingAdmissionPolicy,
  validateValidatingAdmissionPolicyBinding,
  validateValidatingAdmissionPolicyStatusUpdate,
} from '../../validation/admissionregistration/admission-policy.js'
import { keepMetadata } from '../carry-over.js'
import { defaultMatchResources } from './match-resources.js'

export const validatingAdmissionPolicyStrategy: Strategy = {
  validate: validateValidatingAdmissionPolicy,
  validateUpdate: validateValidatingAdmissionPolicy,
  validateStatusUpdate: validateValidatingAdmissionPolicyStatusUpdate,
  applyDefaults: defaultPolicy,
  prepareForStatusUpdate: (object, old) => {
    object.spec = structuredClone(old.spec)
    keepMetadata(object, old)
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  resetFields: { main: ['status'], status: ['metadata', 'spec'] },
  ...printedAs(
    [
      ['Validations', 'integer'],
      ['ParamKind', 'string'],
      ['Age', 'string'],
    ],
    validatingPolicyRow,
  ),
}

export const mutatingAdmissionPolicyStrategy: Strategy = {
  validate: validateMutatingAdmissionPolicy,
  validateUpdate: validateMutatingAdmissionPolicy,
  applyDefaults: defaultPolicy,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  ...printedAs(
    [
      ['Mutations', 'integer'],
      ['ParamKind', 'string'],
      ['Age', 'string'],
    ],
    mutatingPolicyRow,
  ),
}

const bindingStrategy: Strategy = {
  applyDefaults: (object) => {
    const { spec } = object as unknown as Partial<ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding>
    if (spec?.paramRef) spec.paramRef.parameterNotFoundAction ??= 'Deny'
    defaultMatchResources(spec?.matchResources)
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  ...printedAs(
    [
      ['PolicyName', 'string'],
      ['ParamRef', 'string'],
      ['Age', 'string'],
    ],
    policyBindingRow,
  ),
}

export const validatingAdmissionPolicyBindingStrategy: Strategy = {
  ...bindingStrategy,
  validate: validateValidatingAdmissionPolicyBinding,
  validateUpdate: validateValidatingAdmissionPolicyBinding,
}

export const mutatingAdmissionPolicyBindingStrategy: Strategy = {
  ...bindingStrategy,
  validate: validateMutatingAdmissionPolicyBinding,
  validateUpdate: validateMutatingAdmissionPolicyBinding,
}

function defaultPolicy(object: KubeObject): void {
  const { spec } = object as ValidatingAdmissionPolicy | MutatingAdmissionPolicy
  if (!spec) return
  spec.failurePolicy ??= 'Fail'
  defaultMatchResources(spec.matchConstraints)
}
