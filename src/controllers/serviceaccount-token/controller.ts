/**
 * The ServiceAccount token controller: fills Secrets of type kubernetes.io/service-account-token and deletes them with
 * their account (pkg/controller/serviceaccount/tokens_controller.go). It holds no signing key: it asks the API server
 * for a token bound to the Secret, so that the token dies with the Secret, with the longest life that can be asked for.
 */
import type { Secret } from '../../api/types/core-v1.js'
import type { ApiObject } from '../../client/resources.js'
import { configMaps, keyOf, resourceType, secrets as secretsResource, serviceAccounts } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf } from '../framework/controller.js'
import { deleteDependent } from '../framework/dependents.js'

const tokenType = 'kubernetes.io/service-account-token'
const accountAnnotation = 'kubernetes.io/service-account.name'
const accountUidAnnotation = 'kubernetes.io/service-account.uid'
/** The most a TokenRequest may ask for. */
const tokenSecondsMax = 2 ** 32
const caRetryMs = 1000

interface TokenRequest extends ApiObject {
  spec: {
    audiences: string[]
    expirationSeconds: number
    boundObjectRef: { kind: string; apiVersion: string; name: string; uid: string | undefined }
  }
  status?: { token?: string }
}

const tokenRequests = resourceType<TokenRequest>('v1', 'serviceaccounts', 'TokenRequest')

export const serviceAccountTokenController: Controller = {
  name: 'serviceaccount-token-controller',
  component: 'serviceaccount-token-controller',
  start(kit) {
    const accounts = kit.watch(serviceAccounts)
    const secrets = kit.watch(secretsResource, {
      select: { fieldSelector: `type=${tokenType}` },
      indexes: { account: ({ metadata }) => [`${metadata.namespace}/${metadata.annotations?.[accountAnnotation]}`] },
    })
    secrets.addHandler(enqueueSelf(kit.queue))
    const enqueueSecrets = (account: ApiObject) => {
      for (const secret of secrets.cache.byIndex('account', keyOf(account))) kit.queue.add(keyOf(secret))
    }
    accounts.addHandler({ add: enqueueSecrets, delete: enqueueSecrets })
    let rootCa = kit.settings.rootCa

    return async (key) => {
      const secret = secrets.cache.get(key)
      const name = secret?.metadata.annotations?.[accountAnnotation]
      if (!secret || secret.type !== tokenType || !name || secret.metadata.deletionTimestamp) {
        if (!secret) kit.writes.forget(key)
        return undefined
      }
      const { namespace = '' } = secret.metadata
      const noted = secret.metadata.annotations?.[accountUidAnnotation]
      const account = accounts.cache.get(`${namespace}/${name}`) ?? (await findAccount(kit, namespace, name))
      if (!account || (noted && noted !== account.metadata.uid)) {
        await deleteDependent(kit, key, secrets, secret)
        return undefined
      }
      rootCa ??= await findCa(kit, namespace)
      if (rootCa === undefined) return { againAfterMs: caRetryMs }
      const data = { 'ca.crt': btoa(rootCa), namespace: btoa(namespace), token: secret.data?.token ?? '' }
      const filled = data.token !== '' && secret.data?.['ca.crt'] === data['ca.crt'] && secret.data.namespace === data.namespace
      if (filled && noted) return undefined
      if (data.token === '') data.token = btoa(await requestToken(kit, secret, name))
      const annotations = { ...secret.metadata.annotations, [accountUidAnnotation]: account.metadata.uid ?? '' }
      const next: Secret = { ...secret, metadata: { ...secret.metadata, annotations }, data: { ...secret.data, ...data } }
      kit.writes.wrote(key, secrets, await kit.client.update(secretsResource, next))
      return undefined
    }
  },
}

/** The account past the cache: an account that is merely new must not cost its Secret. */
async function findAccount({ client }: ControllerKit, namespace: string, name: string): Promise<ApiObject | undefined> {
  try {
    return await client.get(serviceAccounts, name, { namespace })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function findCa({ client }: ControllerKit, namespace: string): Promise<string | undefined> {
  try {
    return (await client.get(configMaps, 'kube-root-ca.crt', { namespace })).data?.['ca.crt']
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function requestToken({ client }: ControllerKit, secret: Secret, account: string): Promise<string> {
  const { name, namespace = '', uid } = secret.metadata
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: account, namespace },
    spec: { audiences: [], expirationSeconds: tokenSecondsMax, boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name, uid } },
  }
  const { status } = await client.create(tokenRequests, request, { namespace, name: account, subresource: 'token' })
  return status?.token ?? ''
}
