// What is secret in a jail, and the files that are meant to hold it.

import { createPrivateKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isSecret, rows } from '../../lib/params/params.ts'
import { domain } from '../e2e/setting.ts'

/** Something that nobody may see, and its parts that nobody can guess. */
export interface Secret {
  name: string
  parts: readonly Buffer[]
}

const word = (): string => randomBytes(18).toString('hex').slice(0, 30)

/** A new secret text. What every language minds stands in the middle of it. */
export const newText = (): string => `${word()} "'\\$%#ü{<&>} ${word()}`

/** The secret that such a text is. */
export const secretText = (name: string, text: string): Secret => ({
  name,
  parts: [text.slice(0, 30), text.slice(-30)].map(part => Buffer.from(part)),
})

/** The parameters that are secrets, each with a text of its own. */
export const newSecrets = (): Record<string, string> =>
  Object.fromEntries(rows.filter(isSecret).map(({ name }) => [name, newText()]))

const data = '/mnt/matrixdata'

/** A secret that cook makes: its file, and what in there is secret. */
type Made = readonly [name: string, path: string, (text: string) => Buffer[]]

const whole = (text: string): Buffer[] => [Buffer.from(text.trim())]

const seed = (text: string): Buffer[] => {
  const [, , base64 = ''] = text.trim().split(' ')
  return [Buffer.from(base64), Buffer.from(base64, 'base64')]
}

// The number alone: all else of a key may be known.
const number = (text: string): Buffer[] => {
  const { d = '' } = createPrivateKey(text).export({ format: 'jwk' })
  return [Buffer.from(d, 'base64url')]
}

// PROTOCOL.key of OpenSSH: an ed25519 key's seed stands before the second of
// two copies of its public half, an ecdsa key's number before the comment.
const hostKey = (text: string): Buffer[] => {
  const bytes = Buffer.from(text.replaceAll(/^-.*$/gm, ''), 'base64')
  const type = Buffer.from('ssh-ed25519')
  const at = bytes.indexOf(type) + type.length + 4
  const end = bytes.includes(type)
    ? bytes.lastIndexOf(bytes.subarray(at, at + 32))
    : bytes.lastIndexOf('cook') - 4
  return [bytes.subarray(end - 32, end)]
}

// What is random in it: syt_USER_RANDOM_CHECKSUM.
const token = (text: string): Buffer[] => [
  Buffer.from(String(JSON.parse(text).token).split('_')[2] ?? ''),
]

const made: readonly Made[] = [
  ['signing key', `${data}/keys/${domain}.signing.key`, seed],
  ['registration', `${data}/keys/registration`, whole],
  ['macaroon', `${data}/keys/macaroon`, whole],
  ['form', `${data}/keys/form`, whole],
  ['TLS key', `${data}/tls/${domain}.key`, number],
  ['ed25519 host key', `${data}/ssh/ssh_host_ed25519_key`, hostKey],
  ['ecdsa host key', `${data}/ssh/ssh_host_ecdsa_key`, hostKey],
  ['admin password', `${data}/cook/admin-password`, whole],
  ['service account', `${data}/cook/service-account.json`, token],
]

/** Those that cook has made until now. */
export const secretsMade = (path: (inside: string) => string): Secret[] =>
  made.flatMap(([name, file, parts]) =>
    existsSync(path(file))
      ? [{ name, parts: parts(readFileSync(path(file), 'utf8')) }]
      : [],
  )

/** A file that is meant to hold secrets. */
export interface Holder {
  path: string | RegExp
  owner: 'root' | 'synapse'
  group: 'root' | 'synapse'
  mode: number
  holds: readonly string[]
}

const forRoot = { owner: 'root', group: 'root', mode: 0o600 } as const
const forSynapse = { owner: 'root', group: 'synapse', mode: 0o640 } as const

const given = rows.filter(isSecret).map(({ name }) => name)

/** All of them: nothing else may hold any. */
export const holders: readonly Holder[] = [
  ...made.map(([name, path]) => ({
    path,
    holds: [name],
    ...(/keys|tls/.test(path) ? forSynapse : forRoot),
  })),
  { path: `${data}/cook/params.env`, ...forRoot, holds: given },
  { path: '/tmp/environment.sh', ...forRoot, holds: given },
  {
    path: '/usr/local/etc/matrix-synapse/homeserver.yaml',
    ...forSynapse,
    // The administrator's password is Synapse's once, and as a hash.
    holds: [
      ...given.filter(name => name !== 'ADMINPASS'),
      ...['registration', 'macaroon', 'form', 'own settings'],
    ],
  },
  // Synapse's own, in a folder that is closed to others.
  {
    path: /^\/mnt\/matrixdata\/matrix-synapse\/matrix_homeserver\.db(-wal)?$/,
    owner: 'synapse',
    group: 'synapse',
    mode: 0o644,
    holds: ['service account', 'registration token', 'a log-in'],
  },
  // The administrator's.
  {
    path: `${data}/homeserver.d/own.yaml`,
    ...forRoot,
    holds: ['own settings'],
  },
]
