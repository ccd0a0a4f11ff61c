// What is taken over from a jail that cook did not configure, and what stops
// it.

import { symlinkSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import type { Host } from '../../lib/host/host.ts'
import {
  oldSigningKeyPath,
  paths,
  secretPath,
  signingKeyPath,
} from '../../lib/contract/paths.ts'
import { recall, type Recalled } from '../../lib/services/synapse/recall.ts'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { reveal } from '../../lib/contract/secret.ts'
import { newSigningKey } from '../../lib/services/synapse/signing-key.ts'
import { params, type Given } from '../small/given.ts'
import { at, hostIn } from '../small/host-in.ts'
import { oldHomeserver } from '../small/old-text.ts'

const name = 'example.com'
const key = newSigningKey()
const values = { macaroon: 'm+/==', form: 'f+/==', registration: 'shared' }
const text = oldHomeserver(name, values)
const old = {
  [paths.homeserver]: text,
  [oldSigningKeyPath(name)]: key,
  [paths.database]: 'SQLite',
}

const now = new Date('2026-01-01T00:00:00Z')

const recalledOf = async (
  host: Host,
  given: Given = {},
): Promise<{ recalled: Recalled; told: string[] }> => {
  const report = newReport()
  const right = params({ NOSSL: 'yes', ...given })
  const recalled = await recall({ host, right, now, report })
  return { recalled: recalled!, told: report.faults.map(renderFault) }
}

const recalledIn = (
  t: Test,
  files: Readonly<Record<string, string>>,
  given?: Given,
) => recalledOf(hostIn(t, files), given)

const errors = (told: readonly string[]): string[] =>
  told.filter(each => each.startsWith('error'))

t.test('identity and secrets are taken over', async t => {
  const { recalled, told } = await recalledIn(t, old)
  t.equal(reveal(recalled.signingKey), key)
  const { macaroon, form, registration } = recalled.secrets
  t.same([macaroon, form, registration!].map(reveal), Object.values(values))
  t.equal(reveal(recalled.oldHomeserver!.text), text)
  const copy = recalled.oldHomeserver!.copy
  t.match(copy, /^\/mnt\/matrixdata\/cook\/homeserver-[0-9a-f]{8}\.yaml$/)
  t.match(told.slice(1), [
    /\.signing\.key: is readable by every user of the jail/,
  ])
  t.equal(told.length, 2)
  t.match(
    told[0],
    'not written by cook: taken over from it: signing key, macaroon_secret_key, ' +
      'form_secret, registration_shared_secret; ',
  )
  t.match(told[0], `kept as ${copy}`)
  t.notMatch(told[0], /m\+\/==|shared$/)
})

t.test('files on the data set stay, even after a kill', async t => {
  for (const there of [
    { [signingKeyPath(name)]: key },
    { [signingKeyPath(name)]: `${key.trim()} \n\n` },
    {
      [signingKeyPath(name)]: key,
      [secretPath('macaroon')]: values.macaroon,
    },
    { [secretPath('form')]: values.form },
  ]) {
    const { recalled, told } = await recalledIn(t, { ...old, ...there })
    t.same(errors(told), [])
    t.equal(reveal(recalled.signingKey).trim(), key.trim())
    const { macaroon, form, registration } = recalled.secrets
    t.same([macaroon, form, registration!].map(reveal), Object.values(values))
  }
  const own = { ...old, [secretPath('macaroon')]: 'own' }
  const { recalled } = await recalledIn(t, own)
  t.equal(reveal(recalled.secrets.macaroon), 'own')
})

t.test("with cook's own homeserver.yaml nothing is taken over", async t => {
  const files = {
    ...old,
    [paths.homeserver]: "# Synapse's configuration, written by cook: x\n",
  }
  const { told } = await recalledIn(t, files)
  t.match(told, [
    /^error: .*example\.com\.signing\.key: is missing, but there is/,
  ])
})

t.test('the data set wins over another key', async t => {
  const own = newSigningKey()
  const { recalled, told } = await recalledIn(t, {
    ...old,
    [signingKeyPath(name)]: own,
  })
  t.equal(reveal(recalled.signingKey), own)
  t.same(errors(told), [])
  t.match(told[0], 'differs from /mnt/matrixdata/keys/')
  t.not(reveal(recalled.secrets.form), values.form)
  t.match(told[1], 'taken over from it: nothing')
})

t.test('a key alone is taken over', async t => {
  const { recalled, told } = await recalledIn(t, {
    [oldSigningKeyPath(name)]: key,
    [paths.database]: 'SQLite',
  })
  t.equal(reveal(recalled.signingKey), key)
  t.same(told, [
    `warning: ${oldSigningKeyPath(name)}: is taken over as the signing key`,
  ])
})

t.test('values are read even from a broken file', async t => {
  const broken = oldHomeserver(name, { ...values, form: 'a"b' })
  const { recalled, told } = await recalledIn(t, {
    ...old,
    [paths.homeserver]: broken,
  })
  t.same(errors(told), [])
  t.equal(reveal(recalled.secrets.form), 'a"b')
  t.equal(reveal(recalled.secrets.macaroon), values.macaroon)
})

t.test('without a macaroon secret the registration secret is used', async t => {
  const none = oldHomeserver(name, { ...values, macaroon: '' })
  const { recalled } = await recalledIn(
    t,
    { ...old, [paths.homeserver]: none },
    { MYSHAREDSECRET: 'new' },
  )
  t.equal(reveal(recalled.secrets.macaroon), values.registration)
  t.notOk(recalled.secrets.registration)
})

t.test('a value that cannot be taken over is an error', async t => {
  const other = '/mnt/matrixdata/matrix-synapse/other.db'
  const postgres = text.replace('"sqlite3"', 'psycopg2')
  const moved = text.replace(/\/mnt\/.*homeserver\.db/, other)
  const media = text.replace('/mnt/matrixdata/media_store', '/var/media')
  const far = oldHomeserver(name, values, { key: '/var/db/far.signing.key' })
  const away = {
    ...old,
    [paths.homeserver]: far,
    '/var/db/far.signing.key': key,
    [oldSigningKeyPath(name)]: '',
  }
  for (const [files, told] of [
    [
      { ...old, [paths.homeserver]: oldHomeserver('other.org', values) },
      /^error: DOMAIN: .*homeserver\.yaml is that of "other\.org"/,
    ],
    [
      { ...old, [oldSigningKeyPath(name)]: 'x' },
      /example\.com\.signing\.key: is not a/,
    ],
    [
      { ...old, [oldSigningKeyPath(name)]: '\n' },
      /is empty, but should contain the/,
    ],
    [
      away,
      /^error: \/var\/db\/far\.signing\.key: is the server's signing key: copy/,
    ],
    [
      { ...old, [paths.homeserver]: postgres },
      /has its database in "psycopg2"/,
    ],
    [
      { ...old, [paths.homeserver]: moved, [other]: 'SQLite' },
      /has its database in "\/mnt/,
    ],
    [
      { ...old, [paths.homeserver]: media, '/var/media/x': '' },
      /has its media_store_path/,
    ],
    [
      { ...old, [paths.homeserver]: text.replace('f+/==', 'a\\tb') },
      /more than one line/,
    ],
    [
      { ...old, [paths.homeserver]: text.replace('f+/==', ' f') },
      /spaces around its form/,
    ],
  ] as const) {
    const found = await recalledIn(t, files as Record<string, string>)
    t.match(errors(found.told)[0], told)
  }
})

t.test('local overrides can keep a value', async t => {
  const own = (text: string) => ({ [`${paths.overlayDir}/a.yaml`]: text })
  for (const [yaml, overlay] of [
    [text.replace('"sqlite3"', 'psycopg2'), 'database: {name: psycopg2}\n'],
    [text.replace('f+/==', ' f'), 'form_secret: " f"\n'],
  ] as const) {
    const files = { ...old, [paths.homeserver]: yaml, ...own(overlay) }
    t.same(errors((await recalledIn(t, files)).told), [])
  }
})

t.test('a link in the place of the key is not followed', async t => {
  const { [oldSigningKeyPath(name)]: _, ...rest } = old
  const host = hostIn(t, { ...rest, '/root/key': key })
  symlinkSync(at(host, '/root/key'), at(host, oldSigningKeyPath(name)))
  const { told } = await recalledOf(host)
  t.match(errors(told)[0], 'is a symbolic link')
})

t.test('a valid certificate is taken over with its key', async t => {
  const tlsKey = newCertificateKey()
  const names = { host: name, addresses: ['10.192.0.5'] }
  const given = { NOSSL: 'no' }
  const certificate = await newCertificate(tlsKey, names, now)
  const own = { ...old, [`${paths.oldTlsDir}/${name}.key`]: tlsKey }
  const full = `${paths.oldTlsDir}/fullchain.cer`
  const files = { ...own, [full]: certificate }
  const after = { ...files, [`${paths.tlsDir}/${name}.key`]: tlsKey }
  for (const each of [files, after]) {
    const { recalled, told } = await recalledIn(t, each, given)
    t.equal(recalled.tls!.certificate, certificate)
    t.equal(reveal(recalled.tls!.key), tlsKey)
    t.match(
      told[0],
      /^warning: .*fullchain\.cer: is taken over .* for the \d+ days/,
    )
  }
  const foreign = {
    ...own,
    [full]: await newCertificate(newCertificateKey(), names, now),
  }
  const late = { ...own, [full]: 'no certificate' }
  const spaced = { ...own, [full]: ` ${certificate}` }
  for (const each of [foreign, late, spaced]) {
    const { recalled, told } = await recalledIn(t, each, given)
    t.type(recalled.tls!.certificate, 'object', 'a new one')
    t.match(told[0], /^warning: .*fullchain\.cer: is not taken over: /)
  }
  t.equal((await recalledIn(t, files)).recalled.tls, undefined, 'NOSSL=yes')
})

t.test('other leftovers are reported once', async t => {
  const left = {
    ...old,
    [paths.crontab]:
      '# certrenew\n30 4 1 * * root /bin/sh /root/certrenew.sh\n1 1 1 1 1 root x\n',
    [paths.rcConf]:
      'a_enable="YES"\nsynapse_enable="YES"\nnginx_enable="YES"\na_enable="NO"\n',
    [paths.nginxConfig]:
      'http {\n  server {\n    listen 8448 ssl default_server;\n',
    [paths.sshdConfig]: 'Port 22\nStrictModes no\n',
    '/root/.env.cook': 'x',
  }
  const { told } = await recalledIn(t, left, { NOSSL: 'no' })
  t.match(told.slice(1), [
    /^warning: \/etc\/crontab: line 2, "30 4 1 \* \* root .*certrenew\.sh", renews/,
    /^warning: \/etc\/rc\.conf: sets variables more than once: a_enable$/,
    /^warning: .*nginx\.conf: makes nginx listen on 8448/,
    /^warning: .*sshd_config: has StrictModes no/,
    /^warning: \/root\/\.env\.cook: contains secrets/,
    /^warning: .*\.signing\.key: is readable by every user of the jail/,
  ])
  t.equal(told.length, 7)
  t.notMatch((await recalledIn(t, left)).told, [/8448/])
  const both = {
    ...left,
    [paths.nginxConfig]: `${left[paths.nginxConfig]}listen [::]:443 ssl;\n`,
  }
  const edge = await recalledIn(t, both, { NOSSL: 'no', EDGE: 'yes' })
  t.match(edge.told.join('\n'), /listen on 8448 and 443, where Caddy listens/)
})
