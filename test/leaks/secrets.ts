// The secrets of a jail, and the files that may contain them.

import { createPrivateKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { domain } from '../e2e/setting.ts'

/** A secret, and its parts that cannot be guessed. */
export interface Secret {
  name: string
  parts: readonly Buffer[]
}

const word = (): string => randomBytes(18).toString('hex').slice(0, 30)

/**
 * A new secret text, with special characters of all languages in its middle.
 */
export const newText = (): string => `${word()} "'\\$%#ü{<&>} ${word()}`

/** The secret for such a text. */
export const secretText = (name: string, text: string): Secret => ({
  name,
  parts: [text.slice(0, 30), text.slice(-30)].map(part => Buffer.from(part)),
})

// A key of the edge is none without the edge, and has no special characters:
// test/e2e/edge/authority.ts looks for it.
const names = rows
  .filter(row => isSecret(row) && row.group !== 'edge')
  .map(({ name }) => name)

/** The parameters that are secrets, each with its own text. */
export const newSecrets = (): Record<string, string> =>
  Object.fromEntries(names.map(name => [name, newText()]))

const data = '/mnt/matrixdata'

/** A secret that cook creates: its file, and the secret part of it. */
type Made = readonly [name: string, path: string, (text: string) => Buffer[]]

const whole = (text: string): Buffer[] => [Buffer.from(text.trim())]

const seed = (text: string): Buffer[] => {
  const [, , base64 = ''] = text.trim().split(' ')
  return [Buffer.from(base64), Buffer.from(base64, 'base64')]
}

// Only the number: the rest of a key is public.
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

/** The secrets that cook has created until now. */
export const secretsMade = (path: (inside: string) => string): Secret[] =>
  made.flatMap(([name, file, parts]) =>
    existsSync(path(file))
      ? [{ name, parts: parts(readFileSync(path(file), 'utf8')) }]
      : [],
  )

/** A file that may contain secrets. */
export interface Holder {
  path: string | RegExp
  owner: 'root' | 'synapse'
  group: 'root' | 'synapse'
  mode: number
  holds: readonly string[]
}

const forRoot = { owner: 'root', group: 'root', mode: 0o600 } as const
const forSynapse = { owner: 'root', group: 'synapse', mode: 0o640 } as const

const given = names

/** All such files: no other file may contain any. */
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
    // Synapse gets the administrator's password once, and stores a hash.
    holds: [
      ...given.filter(name => name !== 'ADMINPASS'),
      ...['registration', 'macaroon', 'form', 'local overrides'],
    ],
  },
  // Synapse's own, in a directory that other users cannot enter.
  {
    path: /^\/mnt\/matrixdata\/matrix-synapse\/matrix_homeserver\.db(-wal)?$/,
    owner: 'synapse',
    group: 'synapse',
    mode: 0o644,
    holds: ['service account', 'registration token', 'a login'],
  },
  // The administrator's.
  {
    path: `${data}/homeserver.d/own.yaml`,
    ...forRoot,
    holds: ['local overrides'],
  },
]
