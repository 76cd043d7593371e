/** What `troupe sim` plays by default: a Deployment is created; the store's leader, the API server and a kubelet crash; all pods must run. */
import type { Deployment } from '../../api/types/apps-v1.js'
import { sleep } from '../../base/clock.js'
import { CodedError } from '../../base/errors.js'
import { deployments, pods } from '../../client/resources.js'
import type { TreeNode } from '../../kernel/supervision/supervisor.js'
import type { Stagehand } from '../stagehand.js'
import type { Scenario } from './scenario.js'

function workers(node: TreeNode): readonly TreeNode[] {
  return node.type === 'worker' ? [node] : node.children.flatMap(workers)
}

const replicasWanted = 6

export const crashes: Scenario = {
  name: 'crashes',
  description: 'a Deployment is made, then the leader, the API server and a kubelet crash',
  cast: 'cluster',
  play: crashesUnderDeployment,
}

async function crashesUnderDeployment({ context, client, supervisor, kill, leader, until }: Stagehand): Promise<void> {
  const web: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: replicasWanted,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'busybox', command: ['sleep', 'infinity'] }] },
      },
    },
  }
  const pause = () => sleep(context.clock, context.random.between(0, 400))
  await until('the deployment is there', async () => {
    // A create whose answer was lost may have been done.
    const found = await client.get(deployments, 'web', { namespace: 'default' }).catch(() => undefined)
    return (found ?? (await client.create(deployments, web))) !== undefined
  })
  await pause()
  kill(await leader())
  await pause()
  kill('apiserver')
  await pause()
  kill(`kubelet-node-${context.random.between(1, 3)}`)
  await until('everybody is back', async () => {
    const restarts = workers(supervisor.tree()).map((worker) => (worker.state === 'running' ? worker.restarts : Number.NaN))
    return restarts.reduce((sum, count) => sum + count, 0) === 3
  })
  await until('all pods run', async () => {
    const { items } = await client.list(pods, { namespace: 'default' })
    const running = items.filter(
      ({ status, metadata }) =>
        status?.phase === 'Running' &&
        !metadata.deletionTimestamp &&
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    if (items.length === replicasWanted && running.length === replicasWanted) return true
    throw new CodedError(
      'NotYet',
      items
        .map(
          ({ metadata, spec, status }) =>
            `${metadata.name} ${spec?.nodeName ?? '-'} ${status?.phase ?? '-'} ready=${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? '-'}`,
        )
        .join(', ') || 'no pods',
    )
  })
  await until('the deployment is complete', async () => {
    const { status } = await client.get(deployments, 'web', { namespace: 'default' })
    return status?.availableReplicas === replicasWanted
  })
}
