// A certificate is renewed while the homeserver is used.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import type { Test } from 'tap'
import { newCertificate } from '../../../lib/tls/certificate.ts'
import {
  address,
  domain,
  environment,
  pid,
  settle,
  type Kind,
} from '../setting.ts'
import { until } from '../../support/until.ts'
import { script, type Load } from './load.ts'

const day = 24 * 60 * 60 * 1000
const where = `${address}:8448`

/** A supplied certificate with its key. */
const supplied = (): { key: string; crt: string } => {
  const pem = execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-nodes', '-keyout', '-'],
      ...['-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`],
      ...['-days', '90'],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const [key = '', crt = ''] = pem.match(/-----B[^]*?-----END [^-]*-----\n/g)!
  return { key, crt }
}

const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber

// Ends cook when it sends a signal, and drops the signal; or only drops it.
const standIns = {
  mortal: 'kill -KILL "$PPID"; exit 1',
  deaf: 'exit 0',
} as const

const uses = /synapse uses \S+\.key and \S+\.crt after \S+ s, without a restart/

/** @param count how many requests there are while certificates are swapped */
export const renewal = async (
  t: Test,
  kind: Kind,
  count: number,
): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const tls = jail.path(`/mnt/matrixdata/tls/${domain}`)
  for (const [name, what] of Object.entries(standIns)) {
    mkdirSync(jail.path(`/root/${name}`))
    const sh = jail.path(`/root/${name}/sh`)
    const text = `case $2 in *'kill -s'*) ${what} ;; esac\nexec /bin/sh "$@"\n`
    writeFileSync(sh, `#!/bin/sh\n${text}`)
    chmodSync(sh, 0o755)
  }
  const cookBeside = (name: keyof typeof standIns) => {
    const usual = environment()
    const env = { ...usual, PATH: `/root/${name}:${usual['PATH']}` }
    return jail.exec(['cook'], { env })
  }

  /** As a program that renews certificates puts it there. */
  const put = (file: 'key' | 'crt', text: string): void => {
    writeFileSync(`${tls}.${file}.new`, text)
    renameSync(`${tls}.${file}.new`, `${tls}.${file}`)
  }

  const served = async (): Promise<string> => {
    const ask = `openssl s_client -connect ${where} </dev/null | openssl x509`
    const { stdout } = await jail.exec(['sh', '-c', ask], { host: true })
    return serialOf(stdout)
  }

  /** A run that makes Synapse use the new certificate, in the same process. */
  const isUsed = async (t: Test, crt: string): Promise<void> => {
    const old = pid(jail)
    const { code, stdout, stderr } = await cook()
    t.equal(code, 0, stderr)
    t.match(stdout, uses)
    t.notMatch(stderr, 'restart')
    t.equal(pid(jail), old)
    t.equal(await served(), serialOf(crt))
    t.match((await cook()).stdout, /nothing to do/)
  }

  await t.test('a supplied certificate takes the place of its own', async t => {
    t.equal((await cook()).code, 0)
    const { key, crt } = supplied()
    put('key', key)
    put('crt', crt)
    const { code, stdout } = await cook(['plan'])
    t.equal(code, 2)
    t.match(
      stdout,
      `service synapse must read /mnt/matrixdata/tls/${domain}.key again ` +
        '(would be reloaded)\n',
    )
    await isUsed(t, crt)
  })

  await t.test('it is renewed while requests arrive: none fails', async t => {
    const url = `https://${where}/_matrix/client/versions`
    const client = jail.spawn([process.execPath, script, url, `${count}`], {
      host: true,
    })
    let said = ''
    client.stdout!.setEncoding('utf8').on('data', text => (said += text))
    const isOver = () => client.exitCode !== null || said.includes('{')
    await until(() => said.includes('..') || isOver())
    const serials: string[] = []
    // Also if one run takes longer than all requests.
    while (!isOver() || serials.length === 0) {
      const { key, crt } = supplied()
      put('key', key)
      put('crt', crt)
      await isUsed(t, crt)
      serials.push(serialOf(crt))
    }
    client.exitCode === null && (await once(client, 'close'))
    const load: Load = JSON.parse(said.slice(said.indexOf('{')))
    t.ok(load.requests >= count)
    t.same(load.failures, [])
    t.ok(
      load.serials.some(each => serials.includes(each)),
      `${serials.length} swaps, ${load.repeated} repeated`,
    )
    t.ok(load.serials.length >= 2, 'the old one and a new one were served')
  })

  await t.test('with one of the files copied, the old pair serves', async t => {
    const [old, before] = [pid(jail), await served()]
    const { key, crt } = supplied()
    put('key', key)
    const { code, stderr } = await cook()
    t.equal(code, 78)
    t.match(stderr, /\.crt: does not match the key beside it$/m)
    t.equal(await served(), before)
    t.equal(pid(jail), old)
    put('crt', crt)
    await isUsed(t, crt)
  })

  await t.test('killed before the signal, the next run sends it', async t => {
    const { key, crt } = supplied()
    const [old, before] = [pid(jail), await served()]
    put('key', key)
    put('crt', crt)
    t.not((await cookBeside('mortal')).code, 0)
    t.equal(await served(), before)
    t.equal(pid(jail), old)
    await isUsed(t, crt)
  })

  await t.test('a signal without effect is followed by a restart', async t => {
    const { key, crt } = supplied()
    const old = pid(jail)
    put('key', key)
    put('crt', crt)
    const { code, stderr } = await cookBeside('deaf')
    t.equal(code, 0)
    t.match(
      stderr,
      /^warning: synapse was not reloaded: 10\.192\.0\.5:8448: serves the certificate with the serial [\dA-F]+, not [\dA-F]+, after 20 s: restarting it$/m,
    )
    t.not(pid(jail), old)
    t.equal(await served(), serialOf(crt))
    t.match((await cook()).stdout, /nothing to do/)
  })

  await t.test("cook's own is renewed, and used at once", async t => {
    const old = pid(jail)
    const key = readFileSync(`${tls}.key`, 'utf8')
    const names = { host: domain, addresses: [address] }
    const early = new Date(Date.now() - 368 * day)
    put('crt', await newCertificate(key, names, early))
    const { code, stdout, stderr } = await cook()
    t.equal(code, 0, stderr)
    t.match(stdout, /\.crt expires on \d{4}-\d\d-\d\d: mended/)
    t.match(stdout, uses)
    t.equal(pid(jail), old)
    const next = new X509Certificate(readFileSync(`${tls}.crt`))
    t.ok(Date.parse(next.validTo) > Date.now() + 395 * day)
    t.equal(await served(), next.serialNumber)
    t.match((await cook()).stdout, /nothing to do/)
  })
}
