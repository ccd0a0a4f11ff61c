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
    'lib/formats/authorized-keys.ts',
    'lib/tls/certificate.ts',
    'lib/params/check.ts',
    'lib/cli/command-line.ts',
    'lib/cli/commands.ts',
    'lib/formats/duration.ts',
    'lib/formats/env-file.ts',
    'lib/contract/exit-codes.ts',
    'lib/contract/failure.ts',
    'lib/params/fleeting.ts',
    'lib/params/gather.ts',
    'lib/host/hiding.ts',
    'lib/services/synapse/installed.ts',
    'lib/formats/ip.ts',
    'lib/tls/judge-ca.ts',
    'lib/tls/judge-certificate.ts',
    'lib/params/kind.ts',
    'lib/params/kinds/account.ts',
    'lib/params/kinds/ldap-filter.ts',
    'lib/params/kinds/ldap-name.ts',
    'lib/params/kinds/ldap-server.ts',
    'lib/params/kinds/mail.ts',
    'lib/params/kinds/parsed.ts',
    'lib/params/kinds/place.ts',
    'lib/params/kinds/plain.ts',
    'lib/params/mail-security.ts',
    'lib/params/named-file.ts',
    'lib/params/nearest.ts',
    'lib/cli/nomad-job.ts',
    'lib/params/params.ts',
    'lib/contract/paths.ts',
    'lib/formats/pem.ts',
    'lib/services/places.ts',
    'lib/formats/pot-environment.ts',
    'lib/formats/rc-conf.ts',
    'lib/contract/report.ts',
    'lib/contract/secret.ts',
    'lib/formats/server-name.ts',
    'lib/formats/sh.ts',
    'lib/services/synapse/signing-key.ts',
    'lib/services/sshd/host-key.ts',
    'lib/formats/ssh-wire.ts',
    'lib/params/typos.ts',
    'lib/cli/usage.ts',
    'lib/formats/user-id.ts',
  ],
  // What we intend.
  [
    'lib/services/synapse/federation/federation-ca.ts',
    'lib/services/synapse/configuration.ts',
    'lib/services/synapse/judge-database.ts',
    'lib/engine/data-set/judge-folders.ts',
    'lib/engine/data-set/judge-mount.ts',
    'lib/services/synapse/judge-network.ts',
    'lib/takeover/judge-old.ts',
    'lib/services/synapse/judge-owners.ts',
    'lib/services/synapse/ldap/ldap.ts',
    'lib/services/synapse/listeners.ts',
    'lib/services/synapse/mail/mail.ts',
    'lib/cli/man.ts',
    'lib/takeover/old-homeserver.ts',
    'lib/takeover/old-remains.ts',
    'lib/takeover/old-tls.ts',
    'lib/services/synapse/overlays/overlay.ts',
    'lib/engine/plan.ts',
    'lib/formats/yaml/python-lexemes.ts',
    'lib/formats/yaml/python-values.ts',
    'lib/formats/yaml/python-yaml.ts',
    'lib/formats/quote.ts',
    'lib/services/synapse/overlays/read-overlay.ts',
    'lib/formats/yaml/read.ts',
    'lib/services/synapse/accounts/recall-admin.ts',
    'lib/tls/recall-ca.ts',
    'lib/services/sshd/recall.ts',
    'lib/services/synapse/federation/recall-federation-ca.ts',
    'lib/services/synapse/identity.ts',
    'lib/services/synapse/ldap/recall-ldap-ca.ts',
    'lib/takeover/recall-old.ts',
    'lib/services/synapse/overlays/recall-overlays.ts',
    'lib/engine/data-set/text-or-fault.ts',
    'lib/services/synapse/recall.ts',
    'lib/engine/record/record.ts',
    'lib/services/synapse/accounts/steps.ts',
    'lib/services/control.ts',
    'lib/services/cook/index.ts',
    'lib/services/index.ts',
    'lib/services/pot/index.ts',
    'lib/services/synapse/index.ts',
    'lib/services/sshd/configuration.ts',
    'lib/engine/steps/step.ts',
    'lib/tls/system-roots.ts',
    'lib/formats/template.ts',
    'lib/formats/templates.ts',
    'lib/services/synapse/overlays/yaml-sections.ts',
  ],
  // What we do.
  [
    'lib/engine/accounts.ts',
    'lib/engine/apply.ts',
    'lib/net/connection.ts',
    'lib/engine/drifts.ts',
    'lib/engine/health.ts',
    'lib/host/failure.ts',
    'lib/host/links.ts',
    'lib/host/mode.ts',
    'lib/host/named.ts',
    'lib/host/read.ts',
    'lib/host/run.ts',
    'lib/host/tail.ts',
    'lib/host/write.ts',
    'lib/host/host.ts',
    'lib/services/synapse/api/live-homeserver.ts',
    'lib/host/lock.ts',
    'lib/host/log.ts',
    'lib/services/synapse/api/matrix.ts',
    'lib/engine/outside.ts',
    'lib/services/synapse/ldap/probe-ldap.ts',
    'lib/services/synapse/mail/probe-mail.ts',
    'lib/net/probe.ts',
    'lib/services/sshd/prove.ts',
    'lib/services/synapse/prove.ts',
    'lib/engine/serve.ts',
    'lib/services/synapse/accounts/service-account.ts',
    'lib/engine/show-logs.ts',
    'lib/services/synapse/mail/smtp-replies.ts',
    'lib/engine/stage.ts',
    'lib/steps/account.ts',
    'lib/engine/steps/dir.ts',
    'lib/engine/steps/file.ts',
    'lib/engine/steps/files.ts',
    'lib/engine/steps/index.ts',
    'lib/engine/steps/line.ts',
    'lib/engine/steps/mode.ts',
    'lib/engine/steps/owner.ts',
    'lib/engine/steps/rcvar.ts',
    'lib/engine/steps/remains.ts',
    'lib/engine/steps/removal.ts',
    'lib/engine/steps/service.ts',
    'lib/engine/steps/start.ts',
    'lib/engine/steps/user.ts',
    'lib/net/trouble.ts',
    'lib/verify-sshd.ts',
    'lib/engine/verify.ts',
    'lib/engine/watch.ts',
  ],
  // The program.
  [
    'cook/commands/image.ts',
    'cook/init.ts',
    'cook/main.ts',
    'cook/road.ts',
    'cook/run.ts',
    'cook/commands/status.ts',
    'cook/terminal.ts',
    'cook/commands/token.ts',
    'cook/commands/user.ts',
    'cook/world.ts',
  ],
]

/** What is passed in from the last layer: earlier ones know its type. */
const passedIn = 'lib/host/host.ts'

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
  // Nobody reads the man page, or the documents, inside a jail.
  for (const path of ['lib/cli/man.ts', 'lib/services/places.ts']) {
    t.notOk(reached.has(path), `${path} is not in the bundle`)
    follow(path)
  }
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
  const template = sources.find(
    ({ path }) => path === 'lib/formats/templates.ts',
  )
  t.match(template?.text, /^\/\/ The bundle has the templates inside/m)
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
