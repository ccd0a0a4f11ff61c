// The layers of the program, and the one door to each thing outside.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const project = fileURLToPath(new URL('..', import.meta.url))

/** A file imports from its own layer and from those before it. */
const layers: readonly (readonly string[])[] = [
  // What we know.
  [
    'lib/authorized-keys.ts',
    'lib/certificate.ts',
    'lib/check.ts',
    'lib/command-line.ts',
    'lib/commands.ts',
    'lib/duration.ts',
    'lib/env-file.ts',
    'lib/exit-codes.ts',
    'lib/failure.ts',
    'lib/fleeting.ts',
    'lib/gather.ts',
    'lib/hiding.ts',
    'lib/installed.ts',
    'lib/ip.ts',
    'lib/judge-ca.ts',
    'lib/judge-certificate.ts',
    'lib/kind.ts',
    'lib/kinds/account.ts',
    'lib/kinds/ldap-filter.ts',
    'lib/kinds/ldap-name.ts',
    'lib/kinds/ldap-server.ts',
    'lib/kinds/mail.ts',
    'lib/kinds/parsed.ts',
    'lib/kinds/place.ts',
    'lib/kinds/plain.ts',
    'lib/mail-security.ts',
    'lib/named-file.ts',
    'lib/nearest.ts',
    'lib/nomad-job.ts',
    'lib/params.ts',
    'lib/paths.ts',
    'lib/pem.ts',
    'lib/pot-environment.ts',
    'lib/rc-conf.ts',
    'lib/report.ts',
    'lib/secret.ts',
    'lib/server-name.ts',
    'lib/sh.ts',
    'lib/signing-key.ts',
    'lib/ssh-host-key.ts',
    'lib/ssh-wire.ts',
    'lib/typos.ts',
    'lib/usage.ts',
    'lib/user-id.ts',
  ],
  // What we intend.
  [
    'lib/federation-ca.ts',
    'lib/homeserver.ts',
    'lib/judge-database.ts',
    'lib/judge-folders.ts',
    'lib/judge-mount.ts',
    'lib/judge-network.ts',
    'lib/judge-old.ts',
    'lib/judge-owners.ts',
    'lib/ldap.ts',
    'lib/listeners.ts',
    'lib/mail.ts',
    'lib/man.ts',
    'lib/old-homeserver.ts',
    'lib/old-remains.ts',
    'lib/old-tls.ts',
    'lib/overlay.ts',
    'lib/plan.ts',
    'lib/python-lexemes.ts',
    'lib/python-values.ts',
    'lib/python-yaml.ts',
    'lib/quote.ts',
    'lib/read-overlay.ts',
    'lib/read-yaml.ts',
    'lib/recall-admin.ts',
    'lib/recall-ca.ts',
    'lib/recall-control.ts',
    'lib/recall-federation-ca.ts',
    'lib/recall-identity.ts',
    'lib/recall-ldap-ca.ts',
    'lib/recall-old.ts',
    'lib/recall-overlays.ts',
    'lib/recall-text.ts',
    'lib/recall.ts',
    'lib/record.ts',
    'lib/services/admin.ts',
    'lib/services/control.ts',
    'lib/services/cook.ts',
    'lib/services/index.ts',
    'lib/services/pot.ts',
    'lib/services/synapse.ts',
    'lib/sshd.ts',
    'lib/step.ts',
    'lib/system-roots.ts',
    'lib/template.ts',
    'lib/templates.ts',
    'lib/yaml-sections.ts',
  ],
  // What we do.
  [
    'lib/accounts.ts',
    'lib/apply.ts',
    'lib/connection.ts',
    'lib/drifts.ts',
    'lib/health.ts',
    'lib/host-failure.ts',
    'lib/host-links.ts',
    'lib/host-mode.ts',
    'lib/host-named.ts',
    'lib/host-read.ts',
    'lib/host-run.ts',
    'lib/host-tail.ts',
    'lib/host-write.ts',
    'lib/host.ts',
    'lib/live-homeserver.ts',
    'lib/lock.ts',
    'lib/log.ts',
    'lib/matrix.ts',
    'lib/outside.ts',
    'lib/probe-ldap.ts',
    'lib/probe-mail.ts',
    'lib/probe.ts',
    'lib/prove-sshd.ts',
    'lib/prove.ts',
    'lib/serve.ts',
    'lib/service-account.ts',
    'lib/show-logs.ts',
    'lib/smtp-replies.ts',
    'lib/stage.ts',
    'lib/steps/account.ts',
    'lib/steps/dir.ts',
    'lib/steps/file.ts',
    'lib/steps/files.ts',
    'lib/steps/index.ts',
    'lib/steps/line.ts',
    'lib/steps/mode.ts',
    'lib/steps/owner.ts',
    'lib/steps/rcvar.ts',
    'lib/steps/remains.ts',
    'lib/steps/removal.ts',
    'lib/steps/service.ts',
    'lib/steps/start.ts',
    'lib/steps/user.ts',
    'lib/trouble.ts',
    'lib/verify-sshd.ts',
    'lib/verify.ts',
    'lib/watch.ts',
  ],
  // The program.
  [
    'cook/image.ts',
    'cook/init.ts',
    'cook/main.ts',
    'cook/road.ts',
    'cook/run.ts',
    'cook/status.ts',
    'cook/terminal.ts',
    'cook/token.ts',
    'cook/user.ts',
    'cook/world.ts',
  ],
]

/** What is passed in from the last layer: earlier ones know its type. */
const passedIn = 'lib/host.ts'

/** Which files may import a module. */
const doors: Readonly<Record<string, RegExp>> = {
  'node:fs': /^lib\/(host(-\w+)?|templates)\.ts$/,
  'node:child_process': /^lib\/host(-\w+)?\.ts$/,
  ejs: /^lib\/templates\.ts$/,
  'node-forge': /^lib\/certificate\.ts$/,
  dotenv: /^lib\/env-file\.ts$/,
  yaml: /^lib\/read-yaml\.ts$/,
  ldapts: /^lib\/probe-ldap\.ts$/,
  'node:tls': /^lib\/connection\.ts$/,
  'node:dns/promises': /^lib\/connection\.ts$/,
}

/** What anybody may import: what touches nothing outside. */
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
  /** Those of which more than types is imported. */
  values: string[]
}

const statement =
  /(?:^(?:import|export)( type)?\s(?:[^'"]*?\sfrom\s)?|\bimport\()\s*['"]([^'"]+)['"]/gm

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
      const imports = found.map(({ module }) => module)
      const values = found.flatMap(({ isType, module }) =>
        isType ? [] : [module],
      )
      return { path, text, imports, values }
    }),
)

const layerOf = (path: string): number =>
  layers.findIndex(layer => layer.includes(path))

t.test('every file has its layer', async t => {
  t.same(sources.map(({ path }) => path).toSorted(), layers.flat().toSorted())
})

t.test('imports go one way', async t => {
  const wrong = sources.flatMap(({ path, imports, values }) =>
    imports
      .filter(each => layerOf(each) > layerOf(path))
      .filter(each => each !== passedIn || values.includes(each))
      .map(each => `${path} imports ${each}`),
  )
  t.same(wrong, [])
})

t.test('no imports go round', async t => {
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

t.test('every file is reached from main or from the build', async t => {
  const of = new Map(sources.map(({ path, imports }) => [path, imports]))
  const reached = new Set<string>()
  const follow = (path: string): void => {
    if (of.has(path) && !reached.has(path)) {
      reached.add(path)
      of.get(path)?.forEach(follow)
    }
  }
  follow('cook/main.ts')
  // Nobody reads it inside a jail that has no man page of cook.
  t.notOk(reached.has('lib/man.ts'), 'the man page is not in the bundle')
  follow('lib/man.ts')
  t.same(
    sources.map(({ path }) => path).filter(p => !reached.has(p)),
    [],
  )
})

t.test('each thing outside has one door', async t => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(each => !/^(lib|cook)\//.test(each) && !free.has(each))
      .filter(each => !doors[each]?.test(path))
      .map(each => `${path} imports ${each}`),
  )
  t.same(wrong, [])
})

t.test('what opens files besides the host says why', async t => {
  const template = sources.find(({ path }) => path === 'lib/templates.ts')
  t.match(template?.text, /^\/\/ The bundle contains compiled templates/m)
})

t.test('only main knows the process', async t => {
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
