/** The two kinds of webhook configurations: pkg/registry/admissionregistration and SetDefaults_ValidatingWebhook, _MutatingWebhook. */
import type { Strategy } from '../../kind.js'
import { webhookConfigurationRow } from '../../printers/access.js'
import { printed } from '../../printers/cells.js'
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../types/admissionregistration-v1.js'
import {
  validateWebhookConfiguration,
  validateWebhookConfigurationUpdate,
} from '../../validation/admissionregistration/webhook-configuration.js'
import { defaultMatch, defaultRules } from './match-resources.js'

const timeoutSeconds = 10
const httpsPort = 443

export const validatingWebhookConfigurationStrategy: Strategy = {
  validate: validateWebhookConfiguration,
  validateUpdate: validateWebhookConfigurationUpdate,
  applyDefaults: (object) => {
    for (const webhook of (object as ValidatingWebhookConfiguration).webhooks ?? []) defaultWebhook(webhook)
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  ...printed('ValidatingWebhook', webhookConfigurationRow),
}

export const mutatingWebhookConfigurationStrategy: Strategy = {
  validate: validateWebhookConfiguration,
  validateUpdate: validateWebhookConfigurationUpdate,
  applyDefaults: (object) => {
    for (const webhook of (object as MutatingWebhookConfiguration).webhooks ?? []) {
      defaultWebhook(webhook)
      webhook.reinvocationPolicy ??= 'Never'
    }
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  ...printed('MutatingWebhook', webhookConfigurationRow),
}

function defaultWebhook(webhook: ValidatingWebhook | MutatingWebhook): void {
  webhook.failurePolicy ??= 'Fail'
  defaultMatch(webhook)
  webhook.timeoutSeconds ??= timeoutSeconds
  defaultRules(webhook.rules)
  const service = webhook.clientConfig?.service
  if (service) service.port ??= httpsPort
}
