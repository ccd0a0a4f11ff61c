// The layers of the program, and the one door to each outside thing.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { services } from '../lib/services/index.ts'

const project = fileURLToPath(new URL('..', import.meta.url))

/** A file imports from its own layer and from earlier ones. */
const layers: readonly (readonly string[])[] = [
  // What users rely on: paths, exit codes, how errors are reported.
  ['lib/contract'],
  // The file formats of other programs and of people.
  ['lib/formats'],
  // THE table, and what is derived from it.
  ['lib/params'],
  ['lib/cli'],
  // The one door to files and programs.
  ['lib/host'],
  ['lib/net', 'lib/tls'],
  // Steps and stages, which know no service.
  ['lib/engine'],
  ['lib/services', 'lib/takeover'],
  // The program.
  ['cook'],
]

/** Passed in from a later layer: earlier layers know only its type. */
const passedIn = 'lib/host/host.ts'

/** Which files may import a module. */
const doors: Readonly<Record<string, RegExp>> = {
  'node:fs': /^lib\/(host\/([\w-]+\/)?[\w-]+|formats\/templates)\.ts$/,
  'node:child_process': /^lib\/host\/([\w-]+\/)?[\w-]+\.ts$/,
  'node:os': /^lib\/host\/([\w-]+\/)?[\w-]+\.ts$/,
  ejs: /^lib\/formats\/templates\.ts$/,
  'node-forge': /^lib\/tls\/certificate\.ts$/,
  dotenv: /^lib\/formats\/env-file\.ts$/,
  yaml: /^lib\/formats\/yaml\/(read|merges)\.ts$/,
  ldapts: /^lib\/services\/synapse\/ldap\/probe-ldap\.ts$/,
  'node:tls': /^lib\/net\/connection\.ts$/,
  'node:dns/promises': /^lib\/net\/dns\.ts$/,
}

/** Modules that every file may import, because they touch nothing outside. */
const free = new Set([
  'node:buffer',
  'node:crypto',
  'node:net',
  'node:path',
  'node:http',
  'node:https',
  'node:string_decoder',
  'node:timers/promises',
])

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

interface Source {
  path: string
  text: string
  imports: string[]
  /** The modules from which it imports more than types. */
  values: string[]
}

const statement =
  /(?:^(?:import|export)( type)?\s(?:[^'"]*?\sfrom\s)?|\bimport\()\s*['"]([^'"]+)['"]/gm

const commandFiles = readdirSync(join(project, 'cook/commands')).map(name =>
  join('cook/commands', name),
)

const sources: Source[] = ['lib', 'cook'].flatMap(folder =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => {
      const path = join(folder, name)
      const text = readFileSync(join(project, path), 'utf8')
      const code = withoutComments(text)
      const found = [...code.matchAll(statement)].map(
        ([, type, module = '']) => ({
          isType: type !== undefined,
          module: module.startsWith('.') ? join(dirname(path), module) : module,
        }),
      )
      // Each command is loaded by its name.
      const named = path === 'cook/command-files.ts' ? commandFiles : []
      const imports = [...found.map(({ module }) => module), ...named]
      const values = found.flatMap(({ isType, module }) =>
        isType ? [] : [module],
      )
      return { path, text, imports, values }
    }),
)

const layerOf = (path: string): number =>
  layers.findIndex(layer => layer.some(folder => path.startsWith(`${folder}/`)))

t.test('every directory belongs to a layer', async t => {
  const none = sources.filter(({ path }) => layerOf(path) < 0)
  t.same(
    none.map(({ path }) => path),
    [],
  )
  for (const folder of layers.flat()) {
    t.ok(
      sources.some(({ path }) => path.startsWith(`${folder}/`)),
      folder,
    )
  }
})

t.test('the engine names no service', async t => {
  const names = /synapse|sshd|caddy|postgres|redis|prometheus/i
  const wrong = sources
    .filter(({ path }) => path.startsWith('lib/engine/'))
    .filter(({ text }) => names.test(withoutComments(text)))
    .map(({ path }) => path)
  t.same(wrong, [])
  for (const { name } of services) {
    const literal = new RegExp(`['"\`]${name}['"\`]`)
    for (const { path, text } of sources) {
      if (path.startsWith('lib/engine/')) {
        t.notMatch(text, literal, path)
      }
    }
  }
})

t.test('no directory has too many files', async t => {
  const counts = new Map<string, number>()
  for (const { path } of sources) {
    const folder = dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  t.same(
    [...counts].filter(([, count]) => count > 16),
    [],
  )
})

t.test('no file imports from a later layer', async t => {
  const wrong = sources.flatMap(({ path, imports, values }) =>
    imports
      .filter(each => layerOf(each) > layerOf(path))
      .filter(each => each !== passedIn || values.includes(each))
      .map(each => `${path} imports ${each}`),
  )
  t.same(wrong, [])
})

t.test('no imports form a cycle', async t => {
  const of = new Map(sources.map(({ path, imports }) => [path, imports]))
  const rings: string[] = []
  const follow = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) {
      rings.push([...way.slice(at), path].join(' > '))
      return
    }
    for (const each of of.get(path) ?? []) {
      follow(each, [...way, path])
    }
  }
  follow('cook/main.ts', [])
  t.same(rings, [])
})

t.test('every file is imported by main or by the build', async t => {
  const of = new Map(sources.map(({ path, imports }) => [path, imports]))
  const reached = new Set<string>()
  const follow = (path: string): void => {
    if (of.has(path) && !reached.has(path)) {
      reached.add(path)
      of.get(path)?.forEach(follow)
    }
  }
  follow('cook/main.ts')
  // The man page and the documents are not needed in a jail.
  const built = sources
    .map(({ path }) => path)
    .filter(path => /\/places\.ts$/.test(path))
  for (const path of ['lib/cli/man.ts', ...built]) {
    t.notOk(reached.has(path), `${path} is not in the bundle`)
    follow(path)
  }
  t.same(
    sources.map(({ path }) => path).filter(p => !reached.has(p)),
    [],
  )
})

t.test('each outside thing is imported by one file', async t => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(each => !/^(lib|cook)\//.test(each) && !free.has(each))
      .filter(each => !doors[each]?.test(path))
      .map(each => `${path} imports ${each}`),
  )
  t.same(wrong, [])
})

t.test('a file that opens files itself says why', async t => {
  const template = sources.find(
    ({ path }) => path === 'lib/formats/templates.ts',
  )
  t.match(template?.text, /^\/\/ The bundle contains compiled templates/m)
})

t.test('only main uses the process', async t => {
  const wrong = sources
    .filter(({ path }) => path !== 'cook/main.ts')
    .filter(({ text }) =>
      /\bprocess\.|\bprocess\[|globalThis|\bconsole\.|['"]node:process['"]/.test(
        withoutComments(text),
      ),
    )
    .map(({ path }) => path)
  t.same(wrong, [])
})
