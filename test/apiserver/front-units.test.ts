/** Paths, forms, rules and tokens: what the front half decides without a socket. */
import t from 'tap'
import type { KubeObject } from '../../src/api/meta/object.js'
import { ApiError } from '../../src/api/meta/status.js'
import { builtinRegistry } from '../../src/api/registry.js'
import { ImpersonationError, impersonate } from '../../src/apiserver/authn/impersonation.js'
import { userOfSender } from '../../src/apiserver/authn/sender.js'
import { bootstrapPolicy } from '../../src/apiserver/authz/bootstrap-policy.js'
import { createEscalationCheck } from '../../src/apiserver/authz/escalation.js'
import { forbiddenRequest } from '../../src/apiserver/authz/forbidden.js'
import { createAuthorizer } from '../../src/apiserver/authz/rbac.js'
import { compactRules, ruleAllows, uncovered } from '../../src/apiserver/authz/rules.js'
import { healthAnswer } from '../../src/apiserver/health.js'
import { negotiate } from '../../src/apiserver/negotiation.js'
import type { User } from '../../src/apiserver/request.js'
import type { Change, Lookup } from '../../src/apiserver/resource/lookup.js'
import { requestInfo, resolve } from '../../src/apiserver/router.js'
import { controllerNames } from '../../src/cluster/topology.js'

const registry = builtinRegistry()
const none = new URLSearchParams()
const rbac = 'rbac.authorization.k8s.io'

function statusOf(run: () => unknown): ApiError['status'] | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof ApiError) return error.status
    throw error
  }
}

t.test('requestInfo() reads verb, resource and name off the path', async (t) => {
  const of = (method: string, url: string) => {
    const [path = '', query = ''] = url.split('?')
    const { type, verb, group, version, resource, subresource, namespace, name, rest } = requestInfo(
      method,
      path,
      new URLSearchParams(query),
    )
    return type === 'path' ? `${verb} ${path}` : [verb, `${group}/${version}`, resource, subresource, namespace, name, rest].join('|')
  }
  // The table of upstream's requestinfo_test.go, and what it leaves out.
  const cases: [string, string, string][] = [
    ['GET', '/api/v1/namespaces', 'list|/v1|namespaces||||'],
    ['GET', '/api/v1/namespaces/other', 'get|/v1|namespaces||other|other|'],
    ['GET', '/api/v1/namespaces/other/pods', 'list|/v1|pods||other||'],
    ['GET', '/api/v1/namespaces/other/pods/foo', 'get|/v1|pods||other|foo|'],
    ['HEAD', '/api/v1/namespaces/other/pods/foo', 'get|/v1|pods||other|foo|'],
    ['GET', '/api/v1/pods', 'list|/v1|pods||||'],
    ['GET', '/api/v1/namespaces/other/pods/foo/proxy/a/b%20c/', 'get|/v1|pods|proxy|other|foo|a/b%20c/'],
    ['GET', '/api/v1/watch/pods', 'watch|/v1|pods||||'],
    ['GET', '/api/v1/pods?watch=true', 'watch|/v1|pods||||'],
    ['GET', '/api/v1/pods?watch=false', 'list|/v1|pods||||'],
    ['GET', '/api/v1/watch/namespaces/other/pods', 'watch|/v1|pods||other||'],
    ['GET', '/api/v1/namespaces/other/pods?watch=1&fieldSelector=metadata.name%3Dfoo', 'watch|/v1|pods||other|foo|'],
    ['GET', '/api/v1/namespaces/other/pods?fieldSelector=metadata.name!%3Dfoo', 'list|/v1|pods||other||'],
    ['DELETE', '/api/v1/namespaces/other/pods', 'deletecollection|/v1|pods||other||'],
    ['POST', '/apis/apps/v1/namespaces/other/deployments', 'create|apps/v1|deployments||other||'],
    ['PUT', '/apis/apps/v1/namespaces/other/deployments/x/scale', 'update|apps/v1|deployments|scale|other|x|'],
    ['PUT', '/api/v1/namespaces/foo/finalize', 'update|/v1|namespaces|finalize|foo|foo|'],
    ['PATCH', '/api/v1/namespaces/foo/status', 'patch|/v1|namespaces|status|foo|foo|'],
    ['OPTIONS', '/api/v1/pods', '|/v1|pods||||'],
    ['GET', '/', 'get /'],
    ['POST', '/apis/apps/v1', 'post /apis/apps/v1'],
    ['GET', '/healthz/ping', 'get /healthz/ping'],
  ]
  for (const [method, url, expected] of cases) t.equal(of(method, url), expected, `${method} ${url}`)
})

t.test('resolve() finds the kind, and refuses what it does not have', async (t) => {
  const at = (method: string, path: string) => {
    const target = resolve(requestInfo(method, path, none), method, registry)
    return target.type === 'path'
      ? 'path'
      : `${target.verb} ${target.kind.kind} ${target.namespace}/${target.name} ${target.subresource?.name ?? ''}`
  }
  t.equal(at('GET', '/api/v1/nodes/n'), 'get Node /n ')
  t.equal(at('GET', '/api/v1/namespaces/n'), 'get Namespace /n ')
  t.equal(at('PUT', '/api/v1/namespaces/n/finalize'), 'update Namespace /n finalize')
  t.equal(at('POST', '/api/v1/namespaces/x/pods/p/exec'), 'connect Pod x/p exec')
  t.equal(at('OPTIONS', '/api/v1/namespaces/x/services/p/proxy/'), 'connect Service x/p proxy')
  t.equal(at('GET', '/api/v1/watch/namespaces/x/pods/p'), 'watch Pod x/p ')
  for (const [method, path] of [
    ['GET', '/api/v1/nothings'],
    ['GET', '/api/v1/pods/p'],
    ['GET', '/api/v1/namespaces/x/nodes'],
    ['GET', '/api/v1/namespaces/x/pods/p/nothing'],
    ['GET', '/api/v1/namespaces/x/pods/p/status/more'],
  ] as const)
    t.match(
      statusOf(() => at(method, path)),
      { code: 404, message: 'the server could not find the requested resource', details: {} },
      path,
    )
  for (const [method, path] of [
    ['DELETE', '/api/v1/pods'],
    ['POST', '/api/v1/pods'],
    ['OPTIONS', '/api/v1/pods'],
    ['HEAD', '/api/v1/namespaces/x/pods'],
    ['PUT', '/api/v1/namespaces/x/pods'],
    ['POST', '/api/v1/namespaces/x/pods/p'],
    ['GET', '/api/v1/namespaces/x/pods/p/eviction'],
    ['DELETE', '/api/v1/namespaces/x/pods/p/exec'],
  ] as const)
    t.match(
      statusOf(() => at(method, path)),
      { code: 405, message: 'the server does not allow this method on the requested resource' },
      `${method} ${path}`,
    )
})

t.test('negotiate() takes the first clause that can be served', async (t) => {
  const of = (accept: string, { pretty = null as string | null, agent = '', table = true, watch = false } = {}) =>
    negotiate({ accept, 'user-agent': agent }, pretty, { table, watch })
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'
  t.strictSame(of(''), { format: 'json', pretty: false })
  t.strictSame(of('application/vnd.kubernetes.protobuf,application/json'), { format: 'json', pretty: false })
  t.strictSame(
    of(
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ),
    {
      format: 'json',
      transform: { as: 'PartialObjectMetadata', version: 'v1' },
      pretty: false,
    },
  )
  t.strictSame(of(table).transform, { as: 'Table', version: 'v1' })
  t.equal(of(table, { table: false }).transform, undefined, 'a kind without a table falls to the plain clause')
  t.equal(of('application/json;q=0.1, application/yaml').format, 'yaml', 'quality comes before order')
  t.equal(of('application/json; charset=utf-8').format, 'json')
  t.equal(of('application/json', { agent: 'curl/8' }).pretty, true)
  t.equal(of('application/json', { agent: 'curl/8', pretty: 'false' }).pretty, false)
  t.equal(of('application/json;pretty=1').pretty, true)
  t.match(
    statusOf(() => of('application/json;as=Table;v=v1;g=meta.k8s.io', { table: false })),
    { code: 406, reason: 'NotAcceptable' },
  )
  t.match(
    statusOf(() => of('application/json;as=Table;v=v9;g=meta.k8s.io')),
    { code: 406 },
  )
  t.match(
    statusOf(() => of('text/html')),
    { message: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf' },
  )
  t.match(
    statusOf(() => of('application/yaml', { watch: true })),
    { code: 406 },
    'YAML cannot frame a watch',
  )
})

t.test('ruleAllows() and uncovered()', async (t) => {
  const user = { name: 'u', groups: [] }
  const on = (resource: string, subresource = '', name = '', verb = 'get') => ({
    user,
    verb,
    resource: { group: 'apps', version: 'v1', resource, subresource, namespace: 'n', name },
  })
  const rule = (resources: string[], more = {}) => ({ verbs: ['get'], apiGroups: ['apps'], resources, ...more })
  t.ok(ruleAllows(rule(['deployments']), on('deployments')))
  t.notOk(ruleAllows(rule(['deployments']), on('deployments', 'scale')))
  t.ok(ruleAllows(rule(['*/scale']), on('deployments', 'scale')))
  t.notOk(ruleAllows(rule(['*/scale']), on('deployments')))
  t.ok(ruleAllows(rule(['*']), on('deployments', 'scale')))
  t.notOk(ruleAllows(rule(['deployments'], { resourceNames: ['a'] }), on('deployments')))
  t.ok(ruleAllows(rule(['deployments'], { resourceNames: ['a'] }), on('deployments', '', 'a')))
  t.notOk(ruleAllows(rule(['deployments'], { apiGroups: [''] }), on('deployments')))
  const paths = { verbs: ['get'], nonResourceURLs: ['/healthz', '/apis/*'] }
  t.ok(ruleAllows(paths, { user, verb: 'get', path: '/apis/x/y' }))
  t.notOk(ruleAllows(paths, { user, verb: 'get', path: '/healthz/ping' }))
  t.notOk(ruleAllows(rule(['*'], { verbs: ['*'] }), { user, verb: 'get', path: '/healthz' }), 'a resource rule says nothing of paths')
  t.strictSame(uncovered([rule(['*'])], [rule(['a', 'b/c'])]), [])
  t.strictSame(uncovered([rule(['a'], { resourceNames: ['x'] })], [rule(['a'])]), [rule(['a'])], 'one name does not cover all')
  t.strictSame(compactRules(uncovered([], [rule(['a'], { verbs: ['get', 'list'] })])), [rule(['a'], { verbs: ['get', 'list'] })])
})

/** A Lookup over these objects, which can be changed. */
function lookupOf(objects: KubeObject[]): Lookup & { put(object: KubeObject): void } {
  const plural = (kind: string) => `${kind.toLowerCase()}s`
  const listeners: ((change: Change) => void)[] = []
  return {
    get: ({ resource }, namespace, name) =>
      objects.find((o) => plural(o.kind) === resource && (o.metadata.namespace ?? '') === namespace && o.metadata.name === name),
    list: ({ resource }, namespace) =>
      objects.filter((o) => plural(o.kind) === resource && (namespace === undefined || o.metadata.namespace === namespace)),
    revision: 1,
    refresh: async () => {},
    subscribe(_resource, listener) {
      listeners.push(listener)
      return { cancel() {} }
    },
    put(object) {
      objects.push(object)
      for (const listener of listeners) listener({ type: 'ADDED', object })
    },
  }
}

const policyObjects = (): KubeObject[] => bootstrapPolicy() as unknown as KubeObject[]
const binding = (name: string, subject: object, role: string, namespace?: string): KubeObject => ({
  apiVersion: `${rbac}/v1`,
  kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
  metadata: { name, ...(namespace ? { namespace } : {}) },
  subjects: [subject],
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
})
const pods = (verb: string, namespace: string, more = {}) => ({
  verb,
  resource: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace, name: '', ...more },
})

t.test('the authorizer answers by the roles bound to the user', async (t) => {
  const lookup = lookupOf(policyObjects())
  const authorizer = createAuthorizer(lookup)
  const bob: User = { name: 'bob', groups: ['system:authenticated'] }
  t.notOk(authorizer.authorize({ user: bob, ...pods('list', 'n') }).allowed)
  t.ok(authorizer.authorize({ user: bob, verb: 'get', path: '/apis' }).allowed, 'everybody who is known may discover')
  t.notOk(
    authorizer.authorize({ user: { name: 'system:anonymous', groups: ['system:unauthenticated'] }, verb: 'get', path: '/apis' }).allowed,
  )
  t.ok(authorizer.authorize({ user: { name: 'x', groups: ['system:masters'] }, verb: 'anything', path: '/x' }).allowed)

  lookup.put(binding('bobs', { kind: 'User', name: 'bob' }, 'view', 'n'))
  t.strictSame(
    authorizer.authorize({ user: bob, ...pods('list', 'n') }),
    { allowed: true, reason: 'RBAC: allowed by RoleBinding "bobs/n" of ClusterRole "view" to User "bob"' },
    'a change counts at once; view is put together from what it selects',
  )
  t.notOk(authorizer.authorize({ user: bob, ...pods('list', 'other') }).allowed)
  t.notOk(authorizer.authorize({ user: bob, ...pods('delete', 'n') }).allowed)

  lookup.put(binding('accounts', { kind: 'ServiceAccount', name: 'sa', namespace: 'a' }, 'admin'))
  const sa: User = { name: 'system:serviceaccount:a:sa', groups: [] }
  t.ok(authorizer.authorize({ user: sa, ...pods('delete', 'b') }).allowed, 'admin holds edit, which holds view')
  t.ok(authorizer.authorize({ user: sa, ...pods('get', 'b', { subresource: 'log' }) }).allowed)

  lookup.put(binding('broken', { kind: 'Group', name: 'g' }, 'missing'))
  const refused = authorizer.authorize({ user: { name: 'u', groups: ['g'] }, ...pods('get', 'n') })
  t.strictSame(refused, { allowed: false, reason: `RBAC: clusterrole.${rbac} "missing" not found` })
  t.ok(
    authorizer.authorize({ user: { name: 'system:node:n1', groups: ['system:nodes'] }, ...pods('create', 'n', { subresource: '' }) })
      .allowed,
    'a node holds system:node',
  )
})

t.test('every controller of the cluster has a service account that bootstrap roles are bound to', async (t) => {
  const authorizer = createAuthorizer(lookupOf(policyObjects()))
  for (const name of controllerNames) {
    const user = userOfSender({ role: 'controller', name, incarnation: 1 })
    const rules = authorizer.rulesFor(user, '').filter(({ resources }) => resources && !resources.some((one) => /^selfsubject/.test(one)))
    t.ok(rules.length > 0, `${name} is ${user.name}`)
  }
  t.match(userOfSender({ role: 'scheduler', name: 'scheduler', incarnation: 3 }), { name: 'system:kube-scheduler' })
})

t.test("forbidden texts are upstream's", async (t) => {
  const user = { name: 'bob', groups: [] }
  t.equal(
    forbiddenRequest({ user, ...pods('get', 'n', { name: 'x', subresource: 'log' }) }, '').message,
    'pods "x" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "n"',
  )
  t.equal(
    forbiddenRequest({ user, ...pods('list', '') }, 'why').message,
    'pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope: why',
  )
  t.match(forbiddenRequest({ user, verb: 'get', path: '/x' }, '').status, {
    message: 'forbidden: User "bob" cannot get path "/x"',
    details: {},
  })
})

t.test('nobody grants what they do not hold', async (t) => {
  const lookup = lookupOf([...policyObjects(), binding('bobs', { kind: 'User', name: 'bob' }, 'view', 'n')])
  const check = createEscalationCheck(createAuthorizer(lookup), lookup)
  const bob: User = { name: 'bob', groups: ['system:authenticated'] }
  const role = (rules: object[]): KubeObject => ({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'r', namespace: 'n' }, rules })
  const write = (object: KubeObject, resource: string) => ({ user: bob, resource: { group: rbac, resource }, namespace: 'n', object })
  t.doesNotThrow(() => check(write(role([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]), 'roles')))
  t.equal(
    statusOf(() => check(write(role([{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }]), 'roles')))?.message,
    `roles.${rbac} "r" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`,
  )
  t.doesNotThrow(() => check(write(binding('x', { kind: 'User', name: 'eve' }, 'view', 'n'), 'rolebindings')))
  t.match(
    statusOf(() => check(write(binding('x', { kind: 'User', name: 'eve' }, 'edit', 'n'), 'rolebindings'))),
    { code: 403 },
  )
  t.match(
    statusOf(() => check(write(binding('x', { kind: 'User', name: 'eve' }, 'nothing', 'n'), 'rolebindings'))),
    { code: 404 },
  )
  t.doesNotThrow(() =>
    check({
      ...write(binding('x', { kind: 'User', name: 'eve' }, 'edit', 'n'), 'rolebindings'),
      user: { name: 'a', groups: ['system:masters'] },
    }),
  )
})

t.test('impersonation is allowed name by name', async (t) => {
  const objects = policyObjects()
  const role: KubeObject = {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'imp' },
    rules: [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['eve'] },
      { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['dev'] },
    ],
  }
  const lookup = lookupOf([...objects, role, binding('b', { kind: 'User', name: 'bob' }, 'imp')])
  const authorizer = createAuthorizer(lookup)
  const as = (headers: Record<string, string>, user: User = { name: 'bob', groups: [] }) =>
    impersonate(user, { headers, values: (name) => (headers[name] ?? '').split('|') }, authorizer)
  t.strictSame(as({}), { name: 'bob', groups: [] })
  t.strictSame(as({ 'impersonate-user': 'eve', 'impersonate-group': 'dev' }), { name: 'eve', groups: ['dev', 'system:authenticated'] })
  t.match(
    statusOf(() => as({ 'impersonate-user': 'root' })),
    {
      code: 403,
      message: 'users "root" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
    },
  )
  t.match(
    statusOf(() => as({ 'impersonate-user': 'eve', 'impersonate-group': 'dev|ops' })),
    { code: 403, message: /^groups "ops" is forbidden/ },
  )
  t.throws(() => as({ 'impersonate-group': 'dev' }), ImpersonationError)
  const admin: User = { name: 'admin', groups: ['system:masters'] }
  t.strictSame(as({ 'impersonate-user': 'system:serviceaccount:n:sa' }, admin).groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:n',
    'system:authenticated',
  ])
  t.strictSame(as({ 'impersonate-user': 'system:anonymous' }, admin).groups, ['system:unauthenticated'])
  t.strictSame(as({ 'impersonate-user': 'u', 'impersonate-extra-example.org%2fkey': 'v|w' }, admin).extra, {
    'example.org/key': ['v', 'w'],
  })
})

t.test('health answers as upstream does', async (t) => {
  const checks = [
    { name: 'ping', of: ['livez'], check: () => {} },
    {
      name: 'poststarthook/x',
      of: ['livez'],
      check: () => {
        throw new Error('bad')
      },
    },
  ] as const
  const at = async (url: string) => {
    const [path = '', query = ''] = url.split('?')
    const answer = await healthAnswer(path, new URLSearchParams(query), checks)
    return answer.type === 'bytes' ? [answer.code, new TextDecoder().decode(answer.body)] : []
  }
  t.strictSame(await at('/livez'), [500, '[+]ping ok\n[-]poststarthook/x failed: reason withheld\nlivez check failed\n'])
  t.strictSame(await at('/livez?exclude=poststarthook/x'), [200, 'ok'])
  t.strictSame(await at('/livez?verbose&exclude=poststarthook/x&exclude=y'), [
    200,
    '[+]ping ok\n[+]poststarthook/x excluded: ok\nwarn: some health checks cannot be excluded: no matches for "y"\nlivez check passed\n',
  ])
  t.strictSame(await at('/livez/ping'), [200, 'ok'])
  t.strictSame(await at('/livez/poststarthook/x'), [500, 'internal server error: bad\n'])
  await t.rejects(at('/livez/nothing'), { name: 'ApiError' })
})
