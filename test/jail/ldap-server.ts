// An LDAP server in a jail's network: Debian's OpenLDAP with the entries of a
// test, and its log.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Pair } from './authority.ts'
import type { Jail } from './jail.ts'
import type { Life } from './life.ts'

export interface Entry {
  dn: string
  attributes: Readonly<Record<string, string | readonly string[]>>
}

export interface LdapServer {
  addresses: readonly string[]
  /** The default is 389 and 636. */
  ports?: { plain: number; secure: number }
  /** Its certificate, for LDAPS and for STARTTLS. */
  pair: Pair
  /** The top entry and those below it. */
  suffix: string
  entries: readonly Entry[]
}

/** A simple bind: the DN, whether over TLS, and whether it succeeded. */
export interface Bind {
  dn: string
  tls: boolean
  right: boolean
}

export interface Directory {
  /** Waits for a number of binds and removes them from the list. */
  binds: (count: number) => Promise<Bind[]>
  stop: () => Promise<void>
}

// An argument of slapd.conf(5).
const quoted = (text: string): string =>
  `"${text.replaceAll(/["\\]/g, '\\$&')}"`

// Those of the machine, or of a package that build/debian.sh has unpacked.
const schemas = (): string =>
  ['', fileURLToPath(new URL('../../.cache/packages/test', import.meta.url))]
    .map(place => `${place}/etc/ldap/schema`)
    .find(folder => existsSync(folder)) ?? 'no schemas'

const settings = (folder: string, suffix: string): string =>
  [
    ...['core', 'cosine', 'inetorgperson'].map(
      name => `include ${quoted(`${schemas()}/${name}.schema`)}`,
    ),
    `pidfile ${folder}/pid`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `TLSCertificateFile ${folder}/server.crt`,
    `TLSCertificateKeyFile ${folder}/server.key`,
    'database mdb',
    `suffix ${quoted(suffix)}`,
    `directory ${folder}/data`,
    // Without a bind nothing is visible, and a password never is.
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by anonymous auth by * none',
    '',
  ].join('\n')

const base64 = (text: string): string => Buffer.from(text).toString('base64')

// In base64, LDIF can contain any text (RFC 2849).
const ldif = (entries: readonly Entry[]): string =>
  entries
    .map(({ dn, attributes }) =>
      [
        `dn:: ${base64(dn)}`,
        ...Object.entries(attributes).flatMap(([name, values]) =>
          [values].flat().map(value => `${name}:: ${base64(value)}`),
        ),
        '',
      ].join('\n'),
    )
    .join('\n')

/** A password as an LDAP server stores it. */
export const hashed = (password: string): string => {
  const salt = Buffer.from('salt')
  const hash = createHash('sha1').update(password).update(salt).digest()
  return `{SSHA}${Buffer.concat([hash, salt]).toString('base64')}`
}

const prepare = (what: LdapServer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-ldap-'))
  mkdirSync(join(folder, 'data'))
  for (const [name, text] of [
    ['server.crt', what.pair.certificate],
    ['server.key', what.pair.key],
    ['slapd.conf', settings(folder, what.suffix)],
    ['all.ldif', ldif(what.entries)],
  ] as const) {
    writeFileSync(join(folder, name), text)
  }
  const files = [
    '-f',
    join(folder, 'slapd.conf'),
    '-l',
    join(folder, 'all.ldif'),
  ]
  execFileSync('/usr/sbin/slapadd', files, { stdio: 'pipe' })
  return folder
}

const urls = ({ addresses, ports }: LdapServer): string =>
  addresses
    .map(each => (each.includes(':') ? `[${each}]` : each))
    .flatMap(host => [
      `ldap://${host}:${ports?.plain ?? 389}`,
      `ldaps://${host}:${ports?.secure ?? 636}`,
    ])
    .join(' ')

const unescaped = (text: string): string =>
  Buffer.from(
    text.replaceAll(/\\x([0-9A-F]{2})/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    ),
    'latin1',
  ).toString()

/** The simple binds in lines of slapd's log `stats`. */
const readBinds = (lines: readonly string[]): Bind[] => {
  const secure = new Set<string>()
  const open = new Map<string, string>()
  return lines.flatMap(line => {
    const connection = line.match(/ conn=(\d+) /)?.[1] ?? ''
    const operation = line.match(/ conn=\d+ op=\d+ /)?.[0] ?? ''
    const dn = line.match(/ BIND dn="(.*)" method=128/)?.[1]
    const result = line.match(/ RESULT tag=97 err=(\d+)/)?.[1]
    if (line.includes(' TLS established ')) secure.add(connection)
    if (dn !== undefined) open.set(operation, unescaped(dn))
    const whose = open.get(operation)
    return result === undefined || whose === undefined
      ? []
      : [{ dn: whose, tls: secure.has(connection), right: result === '0' }]
  })
}

/** Starts an LDAP server in a jail's network; it ends with the test. */
export const startLdapServer = async (
  t: Life,
  { spawn }: Pick<Jail, 'spawn'>,
  what: LdapServer,
): Promise<Directory> => {
  const folder = prepare(what)
  const args = ['-f', join(folder, 'slapd.conf'), '-h', urls(what)]
  const child = spawn(
    [
      '/usr/bin/setpriv',
      '--pdeathsig=KILL',
      '--',
      '/usr/sbin/slapd',
      '-d',
      'stats',
      ...args,
    ],
    { host: true, env: {} },
  )
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  t.teardown(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  const lines: string[] = []
  createInterface({ input: child.stderr! }).on('line', line => lines.push(line))
  const until = async (is: () => boolean): Promise<void> => {
    for (let wait = 0; !is(); wait += 20) {
      if (wait > 20_000 || child.exitCode !== null) {
        throw new Error(`the LDAP server: ${lines.join('\n')}`)
      }
      await setTimeout(20)
    }
  }
  await until(() => lines.some(line => line.endsWith('slapd starting')))
  let taken = 0
  return {
    binds: async count => {
      await until(() => readBinds(lines).length >= taken + count)
      const binds = readBinds(lines).slice(taken)
      taken += binds.length
      return binds
    },
    stop,
  }
}
