// Certificates of cook's own, and supplied ones.

import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { newCertificate } from '../../../lib/tls/certificate.ts'
import {
  address,
  differences,
  domain,
  jailPicture,
  settle,
  type Kind,
} from '../setting.ts'

const day = 24 * 60 * 60 * 1000
const offline = ['--no-start']

/** A supplied certificate with its key. */
const supplied = (name: string, days: number): string[] => {
  const pem = execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '-'],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-days', String(days)],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return pem.match(/-----BEGIN [^]*?-----END [^-]*-----\n/g) ?? []
}

export const certificates = async (t: Test, kind: Kind): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const crt = jail.path(`/mnt/matrixdata/tls/${domain}.crt`)
  const key = jail.path(`/mnt/matrixdata/tls/${domain}.key`)
  const read = () => new X509Certificate(readFileSync(crt))
  const refused = async (t: Test, told: RegExp): Promise<void> => {
    const before = jailPicture(jail)
    const { code, stderr } = await cook(offline)
    t.equal(code, 78)
    t.match(stderr, told)
    t.strictSame(differences(before, jailPicture(jail)), [])
  }

  await t.test('a certificate is created if there is none', async t => {
    t.equal((await cook(offline)).code, 0)
    const made = read()
    t.ok(made.verify(made.publicKey))
    t.ok(made.checkHost(domain))
    t.ok(made.checkIP(address))
    const days = (Date.parse(made.validTo) - Date.parse(made.validFrom)) / day
    t.equal(days, 397)
    t.match(statSync(key).mode.toString(8), /0640$/)
  })

  await t.test("cook's own is renewed before it expires", async t => {
    const pem = readFileSync(key, 'utf8')
    const names = { host: domain, addresses: [address] }
    const old = new Date(Date.now() - 368 * day)
    writeFileSync(crt, await newCertificate(pem, names, old))
    const { code, stdout } = await cook(offline)
    t.equal(code, 0)
    t.match(stdout, /\.crt expires on \d{4}-\d\d-\d\d: mended/)
    t.ok(Date.parse(read().validTo) > Date.now() + 395 * day)
    t.equal(readFileSync(key, 'utf8'), pem)
  })

  await t.test("cook's own is renewed for a new address", async t => {
    const { code } = await cook([...offline, '--ip', `${address},fd00::5`])
    t.equal(code, 0)
    t.ok(read().checkIP('fd00::5'))
  })

  await t.test('a supplied one is used unchanged', async t => {
    const [pem, made] = supplied(domain, 20) as [string, string]
    writeFileSync(key, pem)
    writeFileSync(crt, made)
    const { code, stderr } = await cook(offline)
    t.equal(code, 0, stderr)
    t.notMatch(stderr, /expires on/)
    t.equal(readFileSync(crt, 'utf8'), made)
    t.equal(readFileSync(key, 'utf8'), pem)
    t.match(statSync(key).mode.toString(8), /0640$/)
  })

  await t.test('a supplied one for another name is refused', async t => {
    const [pem, made] = supplied('other.example.com', 20) as [string, string]
    writeFileSync(key, pem)
    writeFileSync(crt, made)
    await refused(t, /\.crt: is not for matrix\.example\.com \(/m)
  })

  await t.test('a supplied one with another key is refused', async t => {
    writeFileSync(key, supplied(domain, 20)[0]!)
    writeFileSync(crt, supplied(domain, 20)[1]!)
    await refused(t, /\.crt: does not match the key beside it$/m)
  })
}
