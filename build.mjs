#!/usr/bin/env node
/**
 * Builds dist/ from src/, actors/ and test/: one .js for each .ts, so that `new URL('../actors/x.js', import.meta.url)`
 * means the same in the sources and in the package. Worker entries are bundled besides, each into one CommonJS file: a
 * cluster starts two dozen threads, and a thread loads a bundle in a fraction of the time that it takes to find and link
 * a hundred modules. Types are checked by `npm run lint`, not here: a build takes a second and `npm start` needs no more.
 *
 *   node build.mjs            everything that changed since the last build
 *   node build.mjs --clean    from nothing
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build, transform } from 'esbuild'
import { writeDescriptions } from './test/generators/descriptions.mjs'

const out = 'dist'
if (process.argv.includes('--clean')) rmSync(out, { recursive: true, force: true })

const sources = ['src', 'actors', 'test']
  .filter((dir) => existsSync(dir))
  .flatMap((dir) => readdirSync(dir, { recursive: true }).map((file) => join(dir, file)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))

const stale = (from, to) => !existsSync(to) || statSync(to).mtimeMs < statSync(from).mtimeMs

let failed = 0
await Promise.all(
  sources.map(async (file) => {
    const target = join(out, file.replace(/\.ts$/, '.js'))
    if (!stale(file, target)) return
    try {
      const { code, map } = await transform(readFileSync(file, 'utf8'), {
        loader: 'ts',
        format: 'esm',
        target: 'node20',
        sourcemap: 'external',
        sourcefile: relative(dirname(target), file),
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      })
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, `${code}//# sourceMappingURL=${target.split('/').at(-1)}.map\n`)
      writeFileSync(`${target}.map`, map)
    } catch (error) {
      failed++
      console.error(String(error))
    }
  }),
)

// The pool's entry is loaded by piscina, by its exports' names and seldom: it stays as it is.
const newest = Math.max(...sources.filter((file) => !file.startsWith('test')).map((file) => statSync(file).mtimeMs))
await Promise.all(
  sources
    .filter((file) => dirname(file) === 'actors' && file !== 'actors/jobs.ts')
    .map(async (file) => {
      const target = join(out, file.replace(/\.ts$/, '.cjs'))
      if (existsSync(target) && statSync(target).mtimeMs >= newest) return
      try {
        await build({
          entryPoints: [file],
          outfile: target,
          bundle: true,
          platform: 'node',
          format: 'cjs',
          target: 'node20',
          // Piscina finds its worker beside itself; msgpackr's addon is native, and no native code runs in actors.
          external: ['piscina', 'msgpackr-extract'],
          define: { 'import.meta.url': 'bundleUrl' },
          banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
          sourcemap: 'linked',
          logLevel: 'error',
        })
      } catch {
        failed++
      }
    }),
)

// A file that is gone from the sources must not live on in dist/.
const kept = new Set(sources.map((file) => join(out, file.replace(/\.ts$/, '.js'))))
for (const dir of ['src', 'actors', 'test'].map((d) => join(out, d)).filter((d) => existsSync(d)))
  for (const file of readdirSync(dir, { recursive: true }).map((f) => join(dir, f)))
    if (file.endsWith('.js') && !kept.has(file)) {
      rmSync(file)
      rmSync(`${file}.map`, { force: true })
    }

// What `kubectl explain` prints: prose that is Kubernetes', taken from an installed package and not kept in the sources.
const descriptions = join(out, 'src/api/generated/descriptions.json.gz')
if (!existsSync(descriptions)) {
  mkdirSync(dirname(descriptions), { recursive: true })
  writeDescriptions(descriptions)
}

// For CommonJS: Node 20.19 and newer can require an ES module that awaits nothing at its top.
mkdirSync(join(out, 'src'), { recursive: true })
writeFileSync(join(out, 'src/index.cjs'), "module.exports = require('./index.js')\n")
writeFileSync(join(out, 'src/index.d.cts'), "export * from './index.js'\n")

process.exitCode = failed ? 1 : 0
