#!/usr/bin/env node
/**
 * Derives src/apiserver/authz/bootstrap-*.ts, the roles and bindings that a cluster starts with, from the YAML that
 * upstream keeps of them (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata). What a distribution has added to
 * that data is left out. Run it by hand when the API version changes:
 *
 *   node test/generators/rbac-bootstrap.mjs DIRECTORY && npx biome format --write src/apiserver/authz
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const directory = process.argv[2]
const out = 'src/apiserver/authz'
const items = (file) =>
  parse(readFileSync(join(directory, `${file}.yaml`), 'utf8')).items.filter((item) => !JSON.stringify(item).includes('openshift'))

const q = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`
const list = (values) => q((values ?? []).join(','))
const rule = (r) => {
  if (r.nonResourceURLs) return `url(${list(r.verbs)}, ${list(r.nonResourceURLs)})`
  const names = r.resourceNames ? `, ${list(r.resourceNames)}` : ''
  return `on(${list(r.verbs)}, ${list(r.apiGroups)}, ${list(r.resources)}${names})`
}
const ownLabels = (item) => Object.entries(item.metadata.labels ?? {}).filter(([key]) => key !== 'kubernetes.io/bootstrapping')
const role = (item) => {
  const selectors = item.aggregationRule?.clusterRoleSelectors.map(({ matchLabels }) => Object.keys(matchLabels)[0])
  const labels = ownLabels(item)
  const extra = [
    ...(labels.length ? [`labels: { ${labels.map(([key, value]) => `${q(key)}: ${q(value)}`).join(', ')} }`] : []),
    ...(selectors ? [`aggregates: [${selectors.map(q).join(', ')}]`] : []),
  ]
  const where = item.metadata.namespace ? [`namespace: ${q(item.metadata.namespace)}`] : []
  const rules = (item.rules ?? []).map((r) => `\n      ${rule(r)},`).join('')
  return `  {\n    name: ${q(item.metadata.name)},${[...where, ...extra].map((line) => `\n    ${line},`).join('')}\n    rules: [${rules}${rules ? '\n    ' : ''}],\n  },`
}
const binding = (item) => {
  const subjects = (item.subjects ?? []).map(({ kind, name, namespace }) => q([kind, ...(namespace ? [namespace] : []), name].join(' ')))
  const where = item.metadata.namespace ? `namespace: ${q(item.metadata.namespace)}, ` : ''
  const ref = `${item.roleRef.kind} ${item.roleRef.name}`
  return `  { name: ${q(item.metadata.name)}, ${where}role: ${q(ref)}, subjects: [${subjects.join(', ')}] },`
}
const write = (file, about, parts) => {
  const text = parts.join('\n\n')
  const names = [...(text.includes('on(') ? ['on'] : []), ...(text.includes('url(') ? ['url'] : [])]
  const types = text.includes('RoleSpec') ? 'RoleSpec' : 'BindingSpec'
  const imported = names.length ? `import { ${[...names, `type ${types}`].join(', ')} }` : `import type { ${types} }`
  const head = `/** ${about} Made by test/generators/rbac-bootstrap.mjs; do not edit. Notation: bootstrap-notation.ts. */`
  writeFileSync(join(out, `bootstrap-${file}.ts`), `${head}\n${imported} from './bootstrap-notation.js'\n\n${text}\n`)
}
const constant = (name, type, lines) => `export const ${name}: readonly ${type}[] = [\n${lines.join('\n')}\n]`

write('cluster-roles', 'The cluster roles every cluster has.', [constant('clusterRoles', 'RoleSpec', items('cluster-roles').map(role))])
write('controller-roles', 'The cluster roles of the controllers.', [
  constant('controllerRoles', 'RoleSpec', items('controller-roles').map(role)),
])
write('namespace-roles', 'The roles in kube-system and kube-public.', [
  constant('namespaceRoles', 'RoleSpec', items('namespace-roles').map(role)),
])
write('bindings', 'Who holds the bootstrap roles from the start.', [
  constant('clusterRoleBindings', 'BindingSpec', [...items('cluster-role-bindings'), ...items('controller-role-bindings')].map(binding)),
  constant('roleBindings', 'BindingSpec', items('namespace-role-bindings').map(binding)),
])
