// No secret is shown, in no output and in no file that others can read.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { paths } from '../../lib/contract/paths.ts'
import { newSigningKey } from '../../lib/services/synapse/signing-key.ts'
import { cook, type Cooked } from '../small/cooking.ts'
import { required, type Given } from '../small/given.ts'
import { full, hostIn } from '../small/host-in.ts'

const mark = 'M4RK3R'
const keys = '/mnt/matrixdata/keys'

/** Each secret parameter, and what it requires. */
const secrets: Given = Object.fromEntries(
  rows.filter(isSecret).map(({ name }) => [
    name,
    // A key of an authority has no special characters.
    name === 'ACMEHMAC' ? `${mark}-${name}` : `${mark} ${name} "'\\$`,
  ]),
)
const environment: Given = {
  ...required,
  ...secrets,
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'a@example.com',
  SMTPUSER: 'matrix',
  ADMINUSER: 'admin',
  LDAPSERVER: 'ldap.example.com',
  LDAPDOMAIN: 'example.com',
  EDGE: 'yes',
  ACME: 'yes',
  ACMEKID: 'kid',
}

// With an authority nobody looks at the certificate on the data set.
const supplied: Given = Object.fromEntries(
  Object.entries(environment).filter(([name]) => !name.startsWith('ACME')),
)

const jail = (t: Test, more: Readonly<Record<string, string>> = {}) => {
  const key = newSigningKey()
  const files = {
    [`${keys}/macaroon`]: `${mark}-macaroon`,
    [`${keys}/form`]: `${mark}-form`,
    [`${keys}/registration`]: `${mark}-registration`,
    [`${keys}/example.com.signing.key`]: key,
    '/mnt/matrixdata/homeserver.d/own.yaml': `turn_shared_secret: ${mark}\n`,
    ...more,
  }
  const host = hostIn(t, files)
  const tlsKey = () =>
    host
      .text('/usr/local/etc/caddy/cook/tls.key')
      ?.split('\n')
      .filter(line => line !== '' && !line.startsWith('-----'))
  const seed = key.trim().split(' ')[2]!
  return { host, hidden: () => [mark, seed, ...(tlsKey() ?? [])] }
}

const shows = ({ said }: Cooked, hidden: readonly string[]): string[] =>
  hidden.filter(text => said.includes(text))

const forms = [[], ['--json'], ['--quiet'], ['--json', '--quiet']]

t.test('no run shows a secret', async t => {
  const { host, hidden } = jail(t)
  for (const form of forms) {
    for (const [argv, codes] of [
      [['check'], [0]],
      [['plan'], [0, 2]],
      [['apply'], [0]],
      [['apply', '--max-upload', '3M'], [0]],
      [['plan', '--smtp-port', 'x'], [78]],
      [['params'], [0]],
      [['--smtp-pas', `${mark}`], [64]],
      [[`--smtp-pas=${mark}`], [64]],
    ] as const) {
      const args = [...argv, ...form, '--root', host.root]
      const cooked = await cook(args, { environment })
      t.ok((codes as readonly number[]).includes(cooked.code), cooked.said)
      t.same(shows(cooked, hidden()), [], args.join(' '))
    }
  }
  const log = host.text(paths.cookLog) ?? ''
  t.match(log, 'mended')
  t.same(
    hidden().filter(text => log.includes(text)),
    [],
  )
})

t.test('no error shows a secret', async t => {
  for (const name of Object.keys(secrets)) {
    for (const value of [
      `${mark}\u0007`,
      `${mark}\ufffd`,
      mark.repeat(20_000),
      `${mark}\nexport "X=y"`,
    ]) {
      const { host, hidden } = jail(t)
      const given = { ...environment, [name]: value }
      for (const form of forms) {
        const argv = ['check', ...form, '--root', host.root]
        const cooked = await cook(argv, { environment: given })
        t.equal(cooked.code, 78)
        t.match(cooked.said, name)
        t.same(shows(cooked, hidden()), [])
      }
      const flag = rows.find(row => row.name === name)!.flag
      const argv = ['check', '--root', host.root, `--${flag}`, value]
      t.same(shows(await cook(argv, { environment }), [mark]), [])
    }
  }
})

t.test('no line of a broken file with secrets is shown', async t => {
  for (const [path, text] of [
    [paths.potEnvironment, `export "MYSHAREDSECRET=${mark}`],
    [paths.potEnvironment, `SMTPPASS=${mark} $(x)\n`],
    [paths.recordedParams, `export "SMTPPASS=${mark}\n`],
    [paths.record, `{"format":9,"x":"${mark}"}`],
    [`${keys}/form`, `${mark}\n${mark}\n`],
    [`${keys}/example.com.signing.key`, `ed25519 ${mark}\n`],
    ['/mnt/matrixdata/tls/example.com.key', `-----BEGIN ${mark}\n${mark}`],
    ['/mnt/matrixdata/homeserver.d/own.yaml', `a: [${mark}\n${mark}: {`],
    ['/mnt/matrixdata/homeserver.d/own.yaml', `a: "${mark}`],
    ['/mnt/matrixdata/homeserver.d/own.yaml', `- ${mark}`],
    ['/mnt/matrixdata/homeserver.d/own.yaml', `a: *${mark}`],
    ['/mnt/matrixdata/homeserver.d/own.yaml', `server_name: ${mark}`],
  ] as const) {
    const { host } = jail(t, { [path]: text })
    const from = path === paths.recordedParams ? {} : supplied
    for (const form of forms) {
      const argv = ['plan', ...form, '--root', host.root]
      const cooked = await cook(argv, { environment: from })
      t.equal(cooked.code, 78, text)
      t.same(shows(cooked, [mark]), [], text)
    }
  }
})

t.test('secrets from files and from --env-file are not shown', async t => {
  const { host, hidden } = jail(t)
  const file = join(host.root, '/secret')
  const env = join(host.root, '/own.env')
  writeFileSync(file, `${mark}\u0001\n`)
  writeFileSync(env, `LDAPPASSWORD="${mark}\u0001"\nSMTPPASS_FILE=${file}\n`)
  const argv = ['check', '--root', host.root, '--env-file', env]
  const { SMTPPASS: _, ...given } = environment
  const cooked = await cook(argv, { environment: given })
  t.equal(cooked.code, 78)
  t.match(
    cooked.err,
    `error: LDAPPASSWORD (${env}): its value contains a control`,
  )
  t.match(
    cooked.err,
    `error: SMTPPASS (${env}, ${file}): its value contains a con`,
  )
  t.same(shows(cooked, hidden()), [])
})

t.test('the content of a file that cannot be written is not shown', async t => {
  for (const path of [paths.homeserver, paths.recordedParams]) {
    const { host, hidden } = jail(t)
    const failed = await cook(['--root', host.root], {
      environment,
      host: full(host, path),
    })
    t.equal(failed.code, 73)
    t.match(failed.err, `error: ${path}: no space left`)
    t.same(shows(failed, hidden()), [])
  }
})

/** Whether other users, not in its group, can read a file. */
const isOpen = (root: string, path: string): boolean => {
  const folders = path.split('/').slice(0, -1)
  const closed = folders.some((_, index) => {
    const folder = join(root, ...folders.slice(0, index + 1))
    return (statSync(folder).mode & 0o001) === 0
  })
  return !closed && (statSync(join(root, path)).mode & 0o004) !== 0
}

t.test('no file that others can read contains a secret', async t => {
  const { host, hidden } = jail(t)
  const { root } = host
  t.equal((await cook(['--root', root], { environment })).code, 0)
  const holding = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(root, path)).isFile())
    .filter(path => {
      const text = readFileSync(join(root, path), 'utf8')
      return hidden().some(each => text.includes(each))
    })
  t.ok(holding.length >= 7, holding.join('\n'))
  t.same(
    holding.filter(path => isOpen(root, path)),
    [],
  )
})
