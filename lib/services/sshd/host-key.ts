import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { readStrings, sshNumber, sshString } from '../../formats/ssh-wire.ts'

/** The types of key that identify the jail to ssh clients, best first. */
export const hostKeyTypes = ['ed25519', 'ecdsa'] as const

export type HostKeyType = (typeof hostKeyTypes)[number]

const magic = Buffer.from('openssh-key-v1\0')
const [begin, end] = ['BEGIN', 'END'].map(
  word => `-----${word} OPENSSH PRIVATE KEY-----`,
)
const whole = new RegExp(`^${begin}\n([^-]*)${end}\\s*$`)

const pem = (bytes: Buffer): string => {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return [begin, ...lines, end, ''].join('\n')
}

const decoded = (text: string | undefined): Buffer =>
  Buffer.from(text ?? '', 'base64url')

// The public key, and the fields of a private key.
const parts = (type: HostKeyType): { open: Buffer; secret: Buffer } => {
  if (type === 'ed25519') {
    const { privateKey } = generateKeyPairSync('ed25519')
    const { x, d } = privateKey.export({ format: 'jwk' })
    const open = sshString(decoded(x))
    const both = Buffer.concat([decoded(d), decoded(x)])
    const name = sshString('ssh-ed25519')
    return {
      open: Buffer.concat([name, open]),
      secret: Buffer.concat([name, open, sshString(both)]),
    }
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y, d } = privateKey.export({ format: 'jwk' })
  // An uncompressed point (SEC 1, 2.3.3).
  const point = Buffer.concat([Buffer.of(4), decoded(x), decoded(y)])
  const open = Buffer.concat(
    ['ecdsa-sha2-nistp256', 'nistp256', point].map(sshString),
  )
  return { open, secret: Buffer.concat([open, sshNumber(decoded(d))]) }
}

/**
 * A new host key without a passphrase, in OpenSSH's own format (PROTOCOL.key
 * of its sources), which every sshd reads for every type.
 */
export const newHostKey = (type: HostKeyType): string => {
  const { open, secret } = parts(type)
  const check = randomBytes(4)
  const comment = sshString('cook')
  const content = Buffer.concat([check, check, secret, comment])
  // 1, 2, 3 … up to a multiple of the cipher's block, which is 8 for none.
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(
    0,
    (8 - (content.length % 8)) % 8,
  )
  return pem(
    Buffer.concat([
      magic,
      ...['none', 'none', ''].map(sshString),
      Buffer.from([0, 0, 0, 1]),
      sshString(open),
      sshString(Buffer.concat([content, padding])),
    ]),
  )
}

const opensshFault = (base64: string): string | undefined => {
  const bytes = Buffer.from(base64, 'base64')
  const isKey = bytes.subarray(0, magic.length).equals(magic)
  const head = readStrings(bytes.subarray(magic.length), 3)
  const keys = head && readStrings(head.rest.subarray(4), 2)
  return !isKey || keys === undefined || keys.rest.length > 0
    ? 'is not a complete private key'
    : head?.strings[0]?.toString() !== 'none'
      ? 'has a passphrase: sshd cannot ask for it'
      : undefined
}

/** Why the text of a file is not a host key, or undefined. */
export const hostKeyFault = (text: string): string | undefined => {
  const [, base64] = text.match(whole) ?? []
  if (base64 !== undefined) {
    return opensshFault(base64)
  }
  try {
    // An older format, which an administrator may have supplied.
    createPublicKey(createPrivateKey(text))
    return undefined
  } catch {
    return 'is not a private key without a passphrase'
  }
}
