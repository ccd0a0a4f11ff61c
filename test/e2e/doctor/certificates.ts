// An authority with an intermediate one, and what servers get from it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pair } from '../../jail/authority.ts'

/** When a certificate is valid, in days from now. */
interface Life {
  from: number
  to: number
}

/** A root, an intermediate authority, and certificates of the latter. */
export interface Hierarchy {
  root: string
  /** The name by which OpenSSL finds the root in a directory. */
  hash: string
  intermediate: string
  /** `names` in the notation of openssl; the certificate is alone in its file. */
  leaf: (names: string, more?: { life?: Life; kind?: string[] }) => Pair
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']

const time = (days: number): string =>
  new Date(Date.now() + days * 24 * 60 * 60 * 1000)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')

const settings = `
[ca]
default_ca = all
[all]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
`

const authority = 'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n'

export const makeHierarchy = (
  name: string,
  t: { teardown: (end: () => void) => void },
): Hierarchy => {
  const cwd = mkdtempSync(join(tmpdir(), 'cook-openssl-'))
  t.teardown(() => rmSync(cwd, { recursive: true }))
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { cwd, stdio: 'pipe', encoding: 'utf8' })
  const read = (file: string) => readFileSync(join(cwd, file), 'utf8')
  const request = (file: string, subject: string, kind = curve) =>
    openssl(
      ...['req', '-new', ...kind, '-nodes', '-subj', subject],
      ...['-keyout', `${file}.key`, '-out', `${file}.csr`],
    )
  // x509(1) of OpenSSL 3.0 cannot set a time in the past, but ca(1) can.
  const sign = (file: string, by: string, ext: string, life: Life) => {
    writeFileSync(join(cwd, 'ext'), ext)
    writeFileSync(join(cwd, 'index'), '')
    return openssl(
      ...['ca', '-batch', '-config', 'settings', '-notext'],
      ...['-in', `${file}.csr`, '-extfile', 'ext', '-out', `${file}.crt`],
      ...['-cert', `${by}.crt`, '-keyfile', `${by}.key`],
      ...['-startdate', time(life.from), '-enddate', time(life.to)],
    )
  }
  writeFileSync(join(cwd, 'settings'), settings)
  openssl(
    ...['req', '-x509', ...curve, '-nodes', '-subj', `/CN=${name} root`],
    ...['-keyout', 'root.key', '-out', 'root.crt', '-days', '365'],
  )
  request('middle', `/CN=${name} intermediate`)
  sign('middle', 'root', authority, { from: -100, to: 365 })
  return {
    root: read('root.crt'),
    hash: openssl('x509', '-noout', '-subject_hash', '-in', 'root.crt').trim(),
    intermediate: read('middle.crt'),
    leaf: (names, { life = { from: -1, to: 80 }, kind = curve } = {}) => {
      request('leaf', '/CN=leaf', kind)
      const ext = `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`
      sign('leaf', 'middle', ext, life)
      return { certificate: read('leaf.crt'), key: read('leaf.key') }
    },
  }
}
