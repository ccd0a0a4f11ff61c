// A damaged file that cook reads is mended or reported: no stack trace, no
// hang, no lost key, and nothing half done.

import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, parse } from 'node:path'
import t, { type Test } from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import { differences, kinds, picture } from '../e2e/setting.ts'
import {
  environment,
  forEach,
  parameters,
  roots,
  run,
  whyNotFaulty,
  type Ended,
} from '../faults/faults.ts'
import * as damage from './damage.ts'
import { spaced, tellFigure } from './size.ts'

const skip = whyNotFaulty()

const data = 'mnt/matrixdata'

const all = { ...damage.contents, ...damage.kinds, ...damage.rights }

/** Files that must never be replaced, however damaged. */
const identity = [
  `${data}/keys/example.com.signing.key`,
  `${data}/keys/registration`,
  `${data}/keys/macaroon`,
  `${data}/keys/form`,
  `${data}/tls/example.com.key`,
  `${data}/ssh/ssh_host_ed25519_key`,
  `${data}/ssh/ssh_host_ecdsa_key`,
]

/** Other files that cook reads. */
const read = [
  `${data}/tls/example.com.crt`,
  `${data}/ssh/authorized_keys`,
  `${data}/homeserver.d/10-own.yaml`,
  `${data}/cook/params.env`,
  `${data}/cook/service-account.json`,
  `${data}/cook/admin-user`,
  `${data}/cook/admin-password`,
  'usr/local/etc/matrix-synapse/homeserver.yaml',
  'usr/local/etc/matrix-synapse/log.config',
  'var/db/cook/last.json',
  'var/run/matrix-synapse/homeserver.pid',
  'var/log/cook.log',
  'etc/rc.conf',
  'etc/ssh/sshd_config',
  'etc/ssh/cook.sshd_config',
  'etc/passwd',
  'etc/group',
  'root/importauthkey',
  'root/ca.pem',
  'tmp/environment.sh',
  'usr/local/etc/rc.d/synapse',
]

const given = {
  ...environment,
  ADMINUSER: 'admin',
  CONTROLUSER: 'yes',
  FEDERATIONCA: '/root/ca.pem',
}

const byHand = { PATH: environment['PATH'] ?? '' }

const publicKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(42)}B me\n`

const put = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const ca = (): Promise<string> =>
  newCertificate(
    newCertificateKey(),
    { host: 'ca.example', addresses: [] },
    new Date(),
  )

const cook = (
  root: string,
  env: Record<string, string> = given,
  ...args: readonly string[]
): Promise<Ended> =>
  // A run that hangs is killed, which its signal shows.
  run(
    [
      'timeout',
      '-s',
      'KILL',
      '60',
      kinds.bun,
      '--quiet',
      '--root',
      root,
      ...args,
    ],
    env,
  )

/** A root with every kind of file. */
const rich = async (t: Test, { copyOf, empty }: ReturnType<typeof roots>) => {
  const root = copyOf(empty)
  put(root, {
    'etc/rc.conf': 'hostname="matrix"\nsshd_flags=""\n',
    'etc/ssh/sshd_config': 'Port 22\nPermitRootLogin no\n',
    'root/importauthkey': publicKey,
    'root/ca.pem': await ca(),
    'tmp/environment.sh': Object.entries(parameters)
      .map(([name, value]) => `export "${name}=${value}"\n`)
      .join(''),
    'usr/local/etc/rc.d/synapse': '#!/bin/sh\ncommand="/bin/python3.11"\n',
    'var/run/matrix-synapse/homeserver.pid': '4711',
    [`${data}/homeserver.d/10-own.yaml`]: 'max_upload_size: 3M\na:\n- b\n',
  })
  const { code, stderr } = await cook(root)
  t.equal(code, 0, stderr)
  put(root, {
    [`${data}/matrix-synapse/matrix_homeserver.db`]: 'SQLite',
    [`${data}/cook/admin-user`]: '@admin:example.com\n',
    [`${data}/cook/service-account.json`]:
      '{"user": "cook-0123456789ab", "token": "syt_x", "former": []}\n',
  })
  t.equal((await cook(root)).code, 0)
  t.equal((await cook(root, given, 'plan')).code, 0)
  return root
}

const textOf = (path: string): string | undefined =>
  existsSync(path) && lstatSync(path).isFile() && lstatSync(path).size < 2 ** 24
    ? readFileSync(path, 'latin1')
    : undefined

// Links and devices have no content; a file of a tebibyte is not read.
const unseen = (root: string, path: string): string[] =>
  lstatSync(join(root, path)).size > 2 ** 24 ? [path] : []

const passing = /^var$|^var\/(run$|log)/

const contentsOf = (root: string, leave: readonly string[]) =>
  Object.fromEntries(
    Object.entries(picture(root, leave)).map(([path, facts]) => [
      path,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

/** The administrator's lines in files to which cook adds lines. */
const linesOf = (root: string): string[] =>
  ['etc/rc.conf', 'etc/ssh/sshd_config', 'etc/passwd', 'etc/group']
    .flatMap(path => (textOf(join(root, path)) ?? '').split('\n'))
    .filter(line => !/_enable|Include|^wheel|^control|^$/.test(line))

const counts = { mended: 0, told: 0 }

/** Tries a run on a damaged root, and a second run. */
const judge = async (
  t: Test,
  root: string,
  path: string,
  env: Record<string, string>,
  what: string,
): Promise<void> => {
  const was = identity.map(each => textOf(join(root, each)))
  const lines = linesOf(root)
  const leave = unseen(root, path)
  const before = contentsOf(root, leave)
  const { code, signal, stderr } = await cook(root, env)
  const about = `${what}: ${code ?? signal}: ${stderr}`
  t.ok([0, 73, 77, 78].includes(code ?? -1), about)
  t.notMatch(stderr, /^ {2,}at |defect/m, about)
  t.same(
    identity.map(each => textOf(join(root, each))),
    was,
    about,
  )
  const left = new Set(linesOf(root))
  t.same(
    lines.filter(each => !left.has(each)),
    [],
    about,
  )
  if (code === 0) {
    counts.mended++
    const still = unseen(root, path)
    const done = picture(root, still)
    const again = await cook(root, env, 'plan')
    t.equal(again.code, 0, `${about}, and again: ${again.stderr}`)
    t.same(differences(done, picture(root, still)), [], about)
    return
  }
  counts.told++
  // The message of pw(8) names the group, and a file of another owner is named
  // by its directory.
  const { dir, base } = parse(path)
  const isNamed =
    path === 'etc/group'
      ? stderr.includes('group')
      : stderr.includes(`/${path}`) ||
        stderr.includes(`/${dir}: contains "${base}"`)
  t.ok(isNamed, `${about}: ${stderr}`)
  const changed = differences(before, contentsOf(root, leave))
  t.same(
    changed.filter(each => !passing.test(each)),
    [],
    about,
  )
}

for (const [name, paths] of [
  ['identity of the server', identity],
  ['anything else that cook reads', read],
] as const) {
  t.test(`${name}, damaged, is mended or reported`, { skip }, async t => {
    const { copyOf, onCopyOf, ...rest } = roots(t)
    const from = await rich(t, { copyOf, onCopyOf, ...rest })
    const cases = paths.flatMap(path =>
      Object.entries(all).map(([what, make]) => ({ path, what, make })),
    )
    const spacing = spaced(7)
    const some = cases.filter((_, n) => n % spacing === 0)
    await forEach(some, async ({ path, what, make }) => {
      for (const env of /\.env$|\.sh$/.test(path) ? [given, byHand] : [given]) {
        await onCopyOf(from, async root => {
          make(join(root, path), readFileSync(join(from, path)))
          await judge(t, root, path, env, `${path} ${what}`)
          // When the file is restored, the run succeeds.
          rmSync(join(root, path), { recursive: true, force: true })
          cpSync(join(from, path), join(root, path))
          const { code, stderr } = await cook(root)
          t.equal(code, 0, `${path} ${what}, restored: ${stderr}`)
        })
      }
    })
    t.ok(some.length > 20)
  })
}

t.test('no key, secret or line of others is lost', { skip }, async t => {
  const { mended, told } = counts
  t.ok(mended > 0 && told > 0)
  tellFigure(
    t,
    `${mended + told} damaged files: ${told} reported (and nothing changed), ` +
      `${mended} mended or without effect`,
  )
})
