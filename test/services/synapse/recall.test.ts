import t from 'tap'
import type { Test } from 'tap'
import type { Params } from '../../../lib/params/params.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { recall, type Recalled } from '../../../lib/services/synapse/recall.ts'
import { newReport, renderFault, show } from '../../../lib/contract/report.ts'
import { reveal } from '../../../lib/contract/secret.ts'
import {
  newSigningKey,
  signingKeyFault,
} from '../../../lib/services/synapse/signing-key.ts'
import { params } from '../../small/given.ts'
import { hostIn } from '../../small/host-in.ts'

const data = '/mnt/matrixdata'
const signing = `${data}/keys/example.com.signing.key`
const other = `${data}/keys/other.org.signing.key`
const now = new Date('2026-01-01T00:00:00Z')

type Files = Readonly<Record<string, string | Buffer>>

const recalled = async (
  t: Test,
  files: Files,
  right: Partial<Params> = params({ NOSSL: 'yes' }),
): Promise<{ given: Recalled | undefined; told: string[] }> => {
  const report = newReport()
  const host = hostIn(t, { '/tmp/x': '', ...files })
  const given = await recall({ host, right, now, report })
  return { given, told: report.faults.map(renderFault) }
}

const told = async (t: Test, files: Files): Promise<string[]> =>
  (await recalled(t, files)).told

t.test('an empty data set gets new keys and secrets', async t => {
  const { given, told } = await recalled(t, {})
  t.same(told, [])
  t.equal(signingKeyFault(reveal(given!.signingKey)), undefined)
  const secrets = Object.values(given!.secrets).map(reveal)
  t.equal(new Set(secrets).size, 3)
  t.same(
    secrets.filter(each => !/^[\w-]{43}$/.test(each)),
    [],
  )
  t.equal(given!.tls, undefined)
  t.equal(given!.overlays, undefined)
  const again = await recalled(t, {})
  t.notSame(reveal(again.given!.signingKey), reveal(given!.signingKey))
})

t.test('existing files are used unchanged, to the byte', async t => {
  for (const end of ['', '\n', '\r\n', ' \n\n']) {
    const key = newSigningKey().trim() + end
    const { given, told } = await recalled(t, {
      [signing]: key,
      [`${data}/keys/macaroon`]: `m "'\\ ä${end}`,
      [`${data}/keys/form`]: `f${end}`,
      [`${data}/keys/registration`]: `\ufeffr${end}`,
      [paths.database]: 'SQLite',
    })
    t.same(told, [])
    t.equal(reveal(given!.signingKey), key)
    const { macaroon, form, registration } = given!.secrets
    t.equal(reveal(macaroon), `m "'\\ ä${end}`)
    t.equal(reveal(form), `f${end}`)
    t.equal(reveal(registration!), `\ufeffr${end}`)
  }
})

t.test('with MYSHAREDSECRET no registration secret is created', async t => {
  const right = params({ NOSSL: 'yes', MYSHAREDSECRET: 'my own' })
  const files = {
    [signing]: newSigningKey(),
    [`${data}/keys/registration`]: '',
  }
  const { given, told } = await recalled(t, files, right)
  t.same(told, [])
  t.same(Object.keys(given!.secrets), ['macaroon', 'form'])
})

t.test('a data set of another name is refused', async t => {
  const own = { [signing]: newSigningKey() }
  const theirs = { [other]: newSigningKey() }
  const record = (domain: string) => ({
    [paths.recordedParams]: `export "DOMAIN=${domain}"\n`,
  })
  const fault =
    'error: DOMAIN: the data set was made for other.org and cannot become ' +
    'example.com: set DOMAIN=other.org, or use an empty data set'
  for (const [files, faults] of [
    [theirs, [fault]],
    [{ ...theirs, [paths.database]: 'SQLite' }, [fault]],
    [record('other.org'), [fault]],
    [{ ...own, ...record('other.org') }, [fault]],
    [{ ...own, ...theirs, ...record('other.org') }, [fault]],
    [{ ...own, ...theirs, ...record('example.com') }, []],
    [{ ...own, ...theirs }, []],
    [{ ...own, ...record('example.com') }, []],
    [{ [`${other}.bak`]: '' }, []],
  ] as const) {
    t.same(await told(t, files), faults, Object.keys(files).join(' '))
  }
})

t.test('a broken record of parameters is ignored', async t => {
  for (const text of ['', 'garbage (', 'DOMAIN', Buffer.from([0, 255, 10])]) {
    const files = { [signing]: newSigningKey(), [paths.recordedParams]: text }
    t.same(await told(t, files), [], show(String(text)))
  }
})

t.test('an invalid signing key is an error', async t => {
  const key = newSigningKey()
  const backup = 'restore it from a backup'
  const none = `is not a signing key (ed25519, key id, seed): ${backup}`
  for (const [content, fault] of [
    ['', `is empty, but should contain the signing key: ${backup}`],
    ['\n \n', `is empty, but should contain the signing key: ${backup}`],
    [key.slice(0, -5), none],
    [`\ufeff${key}`, none],
    [key.replace('ed25519', 'rsa'), none],
    ['-----BEGIN PRIVATE KEY-----\n', none],
    ['a\0b', none],
    [Buffer.from([0xff, 0xfe, 0x00]), 'is not UTF-8 text'],
  ] as const) {
    const files = { [signing]: content, [paths.database]: 'SQLite' }
    t.same(await told(t, files), [`error: ${signing}: ${fault}`])
  }
  const folder = { [`${signing}/x`]: '' }
  t.same(await told(t, folder), [
    `error: ${signing}: is a directory, not a file`,
  ])
})

t.test('every invalid secret is an error', async t => {
  const { told } = await recalled(t, {
    [signing]: newSigningKey(),
    [`${data}/keys/macaroon`]: ' \n',
    [`${data}/keys/form`]: 'two\nlines\n',
    [`${data}/keys/registration`]: Buffer.from('\xe4', 'latin1'),
  })
  t.same(told, [
    `error: ${data}/keys/macaroon: is empty, but should contain a secret`,
    `error: ${data}/keys/form: is not one line of text`,
    `error: ${data}/keys/registration: is not UTF-8 text`,
  ])
})

t.test('without DOMAIN only local overrides are checked', async t => {
  const files = { [`${data}/homeserver.d/a.yaml`]: '[', [signing]: '' }
  const { given, told } = await recalled(t, files, {})
  t.equal(given, undefined)
  t.equal(told.length, 1)
  t.match(told[0], /a\.yaml: is not YAML/)
})

t.test('errors of all kinds are reported together', async t => {
  const { told } = await recalled(t, {
    [`${data}/homeserver.d/a.yaml`]: 'server_name: x',
    [signing]: '',
    [`${data}/keys/form`]: '',
  })
  t.same(
    told.map(line => line.split(': ')[1]),
    [`${data}/homeserver.d`, signing, `${data}/keys/form`],
  )
})
