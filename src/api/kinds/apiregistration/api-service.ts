/** APIService: kube-aggregator's pkg/registry/apiservice and its v1 defaults. */
import type { Strategy, StrategyContext } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { formatTime } from '../../meta/time.js'
import type { APIService } from '../../types/apiregistration-v1.js'
import {
  validateApiService,
  validateApiServiceStatusUpdate,
  validateApiServiceUpdate,
} from '../../validation/apiregistration/api-service.js'
import { keepAllButStatus } from '../carry-over.js'

const httpsPort = 443

export const apiServiceStrategy: Strategy = {
  applyDefaults: (object) => {
    const { spec } = object as APIService
    if (spec?.service) spec.service.port ??= httpsPort
  },
  prepareForCreate,
  validate: validateApiService,
  validateUpdate: validateApiServiceUpdate,
  validateStatusUpdate: validateApiServiceStatusUpdate,
  prepareForStatusUpdate: keepAllButStatus,
  nameRule: 'path-segment',
  allowUnconditionalUpdate: false,
  resetFields: { main: ['status'], status: ['spec', 'metadata'] },
}

/** What this server serves itself is there at once. */
function prepareForCreate(object: KubeObject, { now }: StrategyContext): void {
  const service = object as APIService
  service.status = {}
  if (service.spec?.service) return
  service.status.conditions = [
    {
      type: 'Available',
      status: 'True',
      lastTransitionTime: formatTime(now),
      reason: 'Local',
      message: 'Local APIServices are always available',
    },
  ]
}
