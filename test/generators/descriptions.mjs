#!/usr/bin/env node
/**
 * Collects the descriptions of Kubernetes' types from the comments in the declarations of a client that is a development
 * dependency, for OpenAPI and `kubectl explain`. They are no part of the sources: the build writes them into dist/.
 *
 *   import { writeDescriptions } from './test/generators/descriptions.mjs'
 *   writeDescriptions('dist/src/api/generated/descriptions.json.gz')      // false when the dependency is not installed
 *
 * The file is gzipped JSON: {"io.k8s.api.core.v1.Container": {"": "A single ...", "args": "Arguments ..."}, ...}.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')

/** Names of the definitions in the committed tables, by their last part. */
function definitionNames() {
  const byLast = new Map()
  const folder = join(root, 'src/api/generated')
  for (const file of readdirSync(folder)) {
    const table = /= `((?:io\.k8s\.)\S+) [^\n]*\n([\s\S]*)`/.exec(readFileSync(join(folder, file), 'utf8'))
    if (!table) continue
    for (const line of table[2].split('\n')) {
      const last = /^[^; ]+/.exec(line)[0]
      byLast.set(last, [...(byLast.get(last) ?? []), `${table[1]}.${last}`])
    }
  }
  return byLast
}

/** A client's class name is the version and the kind, with the group before it where several groups have the kind. */
function definitionOf(className, byLast) {
  const m = /^([A-Z][a-z]*?)??(V\d+(?:alpha\d+|beta\d+)?)(.+)$/.exec(className)
  if (!m) return byLast.get(className)?.length === 1 ? byLast.get(className)[0] : undefined
  const [, group, version, kind] = m
  const found = (byLast.get(kind) ?? []).filter((name) => name.split('.').at(-2) === version.toLowerCase())
  if (group) return found.find((name) => name.split('.').at(-3) === group.toLowerCase())
  return found.length === 1 ? found[0] : undefined
}

const textOf = (comment) =>
  comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
    .replace(/\\(['"\\])/g, '$1')
    .replaceAll('*_/', '*/')
    .replaceAll('/_*', '/*')

/** All descriptions, by definition and field ('' is the definition itself); undefined without the dependency. */
export function readDescriptions() {
  const models = join(root, 'node_modules/k8s-gen/dist/gen/models')
  if (!existsSync(models)) return undefined
  const byLast = definitionNames()
  const all = {}
  for (const file of readdirSync(models)
    .filter((name) => name.endsWith('.d.ts'))
    .sort()) {
    const source = readFileSync(join(models, file), 'utf8')
    const head = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export declare class (\w+)/.exec(source)
    const className = head?.[2] ?? /export declare class (\w+)/.exec(source)?.[1]
    const name = className && definitionOf(className, byLast)
    if (!name) continue
    const texts = {}
    if (head && !head[1].includes('NOTE: This class is auto generated')) texts[''] = textOf(head[1])
    const body = source.slice(source.indexOf('export declare class'))
    for (const [, comment, field] of body.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*'([^']+)'\??:/g))
      texts[jsonName(field)] = textOf(comment)
    all[name] = texts
  }
  return all
}

/** The client writes x-kubernetes-list-type as xKubernetesListType, and $ref as $ref. */
const jsonName = (field) =>
  /^xKubernetes/.test(field)
    ? field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)
    : field === '_continue'
      ? 'continue'
      : field.replace(/^_(?=[a-z])/, '')

/** Writes them to a file; false when the dependency is not installed. */
export function writeDescriptions(path) {
  const all = readDescriptions()
  if (!all) return false
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, gzipSync(JSON.stringify(all), { level: 9 }))
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'dist/src/api/generated/descriptions.json.gz'
  console.log(writeDescriptions(path) ? path : 'No descriptions: k8s-gen is not installed')
}
