// The life of a homeserver: first boot, reruns, a new jail over the data set.

import { createPublicKey, createPrivateKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import {
  address,
  dataSet,
  differences,
  domain,
  jailPicture,
  pid,
  secret,
  settle,
  type Kind,
  type Setting,
} from '../setting.ts'

const secure = ['--url', `https://${address}:8448`, '--insecure']

/**
 * JSON in the canonical form that Matrix signs (Appendices, Canonical JSON).
 */
const canonical = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(',')}]`
    : value !== null && typeof value === 'object'
      ? `{${Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
          .join(',')}}`
      : JSON.stringify(value)

const isSignedByKeyOn = async ({ jail }: Setting): Promise<boolean> => {
  const url = `https://${address}:8448/_matrix/key/v2/server`
  const { text } = await jail.fetch(url, { insecure: true })
  const { signatures, ...signed } = JSON.parse(text)
  const line = readFileSync(
    jail.path(`/mnt/matrixdata/keys/${domain}.signing.key`),
    'utf8',
  )
  const [, id, seed] = line.trim().split(' ')
  // PKCS #8 around an ed25519 seed (RFC 8410).
  const key = createPrivateKey({
    key: Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(seed!, 'base64'),
    ]),
    format: 'der',
    type: 'pkcs8',
  })
  const signature = signatures[domain][`ed25519:${id}`]
  return verify(
    null,
    Buffer.from(canonical(signed)),
    createPublicKey(key),
    Buffer.from(signature, 'base64'),
  )
}

/** The certificate that a TLS client gets, through a relay into the jail. */
const namesOf = async ({ jail }: Setting): Promise<string> => {
  const { stdout } = await jail.exec(
    [
      process.execPath,
      '-e',
      `require('tls').connect({ host: '${address}', port: 8448,
        rejectUnauthorized: false, servername: '${domain}' }, function () {
        console.log(this.getPeerX509Certificate().subjectAltName)
        this.destroy()
      })`,
    ],
    { host: true },
  )
  return stdout.trim()
}

const refuses = async ({ jail }: Setting, url: string): Promise<boolean> =>
  jail.fetch(url).then(
    () => false,
    error => /ECONNREFUSED/.test(String(error.code ?? error)),
  )

export const live = async (t: Test, kind: Kind): Promise<void> => {
  const data = dataSet(t)
  const first = await settle(t, kind, { data })
  const { jail } = first
  let token = ''

  await t.test('an empty jail becomes a healthy homeserver', async t => {
    const { code, stdout, stderr } = await first.cook()
    t.equal(code, 0, stderr)
    t.match(stdout, /synapse is healthy after/)
    const { status } = await jail.fetch('http://127.0.0.1:8008/health')
    t.equal(status, 200)
  })

  await t.test('its certificate names the server and its address', async t => {
    t.equal(await namesOf(first), `DNS:${domain}, IP Address:${address}`)
  })

  await t.test('its keys are signed by the key on the data set', async t => {
    t.ok(await isSignedByKeyOn(first))
  })

  await t.test('plain HTTP is for the jail itself only', async t => {
    t.ok(await refuses(first, `http://${address}:8008/health`))
  })

  await t.test('a user registers, sends a message and reads it', async t => {
    const password = `pass"word' \\ ${kind}`
    const env = { MATRIX_SHARED_SECRET: secret(jail) }
    const args = ['register', 'alice', password]
    const registered = await first.client([...secure, ...args], env)
    t.equal(registered['user_id'], `@alice:${domain}`)
    token = registered['access_token'] ?? ''
    const sent = ['send-and-read', 'alice', password, 'Hello']
    const read = await first.client([...secure, ...sent])
    t.equal(read['body'], 'Hello')
  })

  await t.test('a second run changes nothing', async t => {
    const before = jailPicture(jail)
    const { code, stdout } = await first.cook()
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('plan exits 2 for changes and changes nothing', async t => {
    const before = jailPicture(jail)
    t.equal((await first.cook(['plan'])).code, 0)
    const { code, stdout } = await first.cook(['plan', '--max-upload', '7M'])
    t.equal(code, 2)
    t.match(stdout, /^file .*\/homeserver\.yaml has different content$/m)
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('a new parameter changes only files that use it', async t => {
    const before = jailPicture(jail)
    const old = pid(jail)
    const { code, stderr } = await first.cook(['--max-upload', '7M'])
    t.equal(code, 0, stderr)
    t.not(pid(jail), old)
    const changed = differences(before, jailPicture(jail))
    t.strictSame(
      changed.filter(path => !/^(tmp|var\/run)/.test(path)),
      [
        'mnt/matrixdata/cook',
        'mnt/matrixdata/cook/params.env',
        'mnt/matrixdata/cook/synapse.mark',
        'usr/local/etc/matrix-synapse',
        'usr/local/etc/matrix-synapse/homeserver.yaml',
        'var/db/cook',
        'var/db/cook/last.json',
        'var/db/cook/readings.json',
        'var/db/cook/synapse.mark',
        'var/log/cook.log',
      ],
    )
    const url = `https://${address}:8448/_matrix/client/v1/media/config`
    const headers = { authorization: `Bearer ${token}` }
    const { text } = await jail.fetch(url, { insecure: true, headers })
    t.equal(JSON.parse(text)['m.upload.size'], 7 * 1024 * 1024)
  })

  await t.test('a new jail over the data set is the same server', async t => {
    const key = readFileSync(`${data}/matrixdata/keys/${domain}.signing.key`)
    await jail.destroy()
    const second = await settle(t, kind, { data })
    const { code, stderr } = await second.cook()
    t.equal(code, 0, stderr)
    t.strictSame(
      readFileSync(`${data}/matrixdata/keys/${domain}.signing.key`),
      key,
    )
    t.ok(await isSignedByKeyOn(second))
    const env = { MATRIX_ACCESS_TOKEN: token }
    const who = await second.client([...secure, 'whoami'], env)
    t.equal(who['user_id'], `@alice:${domain}`)
  })
}
