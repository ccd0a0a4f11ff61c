// An authority that issues certificates, by openssl(1).

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PEM certificate and its key. */
export interface Pair {
  certificate: string
  key: string
}

export interface Authority extends Pair {
  /** `names` in the notation of openssl: DNS:a.example,IP:10.0.0.1. */
  sign(names: string, days?: { from: number; to: number }): Pair
}

const day = 24 * 60 * 60 * 1000
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

// GeneralizedTime for openssl-ca(1).
const time = (days: number): string =>
  new Date(Date.now() + days * day).toISOString().replace(/[-:T]|\.\d+/g, '')

/** Runs openssl in a temporary directory and returns the given files. */
const openssl = (
  files: Readonly<Record<string, string>>,
  commands: readonly (readonly string[])[],
): Pair => {
  const cwd = mkdtempSync(join(tmpdir(), 'cook-openssl-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(cwd, name), text)
    }
    for (const args of commands) {
      execFileSync('openssl', args, { cwd, stdio: 'pipe' })
    }
    const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
    return { certificate: read('new.crt'), key: read('new.key') }
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

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
[req]
distinguished_name = dn
[dn]
`

const given = ['-config', 'settings', '-out', 'new.crt']

/** A self-signed certificate with the key usage of an authority. */
export const makeAuthority = (
  name: string,
  days: { from: number; to: number } = { from: -1, to: 365 },
): Authority => {
  const own = openssl(
    {
      settings,
      index: '',
      extensions:
        'basicConstraints = critical, CA:true\n' +
        'keyUsage = critical, keyCertSign, cRLSign\n' +
        'subjectKeyIdentifier = hash\n',
    },
    [
      [
        'req',
        '-new',
        ...key,
        '-config',
        'settings',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        'new.key',
        '-out',
        'request',
      ],
      [
        'ca',
        '-batch',
        '-selfsign',
        ...given,
        '-keyfile',
        'new.key',
        '-in',
        'request',
        '-extfile',
        'extensions',
        '-notext',
        '-startdate',
        time(days.from),
        '-enddate',
        time(days.to),
      ],
    ],
  )
  return {
    ...own,
    sign: (names, { from, to } = { from: -1, to: 90 }) =>
      openssl(
        {
          settings,
          index: '',
          'ca.crt': own.certificate,
          'ca.key': own.key,
          extensions:
            `subjectAltName = ${names}\n` +
            'authorityKeyIdentifier = keyid\n' +
            'extendedKeyUsage = serverAuth\n',
        },
        [
          [
            'req',
            '-new',
            ...key,
            '-config',
            'settings',
            '-subj',
            '/CN=server',
            '-keyout',
            'new.key',
            '-out',
            'request',
          ],
          [
            'ca',
            '-batch',
            ...given,
            '-cert',
            'ca.crt',
            '-keyfile',
            'ca.key',
            '-in',
            'request',
            '-extfile',
            'extensions',
            '-notext',
            '-startdate',
            time(from),
            '-enddate',
            time(to),
          ],
        ],
      ),
  }
}

/** A self-signed certificate of a server. */
export const makeSelfSigned = (names: string): Pair =>
  openssl({ settings }, [
    [
      'req',
      '-x509',
      ...key,
      ...given,
      '-keyout',
      'new.key',
      '-days',
      '90',
      '-subj',
      '/CN=server',
      '-addext',
      `subjectAltName=${names}`,
    ],
  ])
