// Signing keys and signatures, as other servers check them (Matrix
// specification: "Signing JSON", and "Retrieving server keys").

import {
  createPrivateKey,
  createPublicKey,
  verify,
  type KeyObject,
} from 'node:crypto'

/** A signing key, its public part. */
export interface Key {
  /** `ed25519:a_AbCd` */
  id: string
  publicKey: KeyObject
  /** In unpadded base64, as others read it. */
  text: string
}

// RFC 8410: what stands before the 32 bytes of an Ed25519 key.
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const spki = Buffer.from('302a300506032b6570032100', 'hex')

const publicOf = (text: string): KeyObject =>
  createPublicKey({
    key: Buffer.concat([spki, Buffer.from(text, 'base64')]),
    ...{ format: 'der', type: 'spki' },
  })

/** The first key of a signing key file, or undefined. */
export const keyOf = (file: string): Key | undefined => {
  const [, version, seed = ''] = file.match(/^ed25519 (\w+) (\S+)/m) ?? []
  if (version === undefined) {
    return undefined
  }
  const key = Buffer.concat([pkcs8, Buffer.from(seed, 'base64')])
  const publicKey = createPublicKey(
    createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
  )
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const text = der.subarray(-32).toString('base64').replace(/=+$/, '')
  return { id: `ed25519:${version}`, publicKey, text }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON object, or undefined for any other text. */
export const objectIn = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** An object in an object, or an empty one. */
export const within = (
  value: Readonly<Record<string, unknown>>,
  ...names: string[]
): Record<string, unknown> => {
  let at: unknown = value
  for (const name of names) {
    at = isRecord(at) ? at[name] : undefined
  }
  return isRecord(at) ? at : {}
}

/** Canonical JSON (appendices of the specification). */
const canonical = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(',')}]`
    : isRecord(value)
      ? `{${Object.keys(value)
          .sort()
          .map(name => `${JSON.stringify(name)}:${canonical(value[name])}`)
          .join(',')}}`
      : JSON.stringify(value)

const isSigned = (
  answer: Readonly<Record<string, unknown>>,
  name: string,
  id: string,
  key: () => KeyObject,
): boolean => {
  const signature = within(answer, 'signatures', name)[id]
  const { signatures: _, unsigned: __, ...rest } = answer
  try {
    const data = Buffer.from(canonical(rest))
    const bytes = Buffer.from(String(signature), 'base64')
    return verify(null, data, key(), bytes)
  } catch {
    return false
  }
}

/** Whose keys an answer of /_matrix/key/v2/server has. */
export type Whose =
  | { is: 'right' }
  /** No answer that such a request has. */
  | { is: 'other' }
  /** Another server's, or another key of this name: in words. */
  | { is: 'foreign'; says: string }

/**
 * Whether the keys are those of the server: by its signing key if it is known,
 * otherwise by its name and the signature of each key.
 */
export const whoseKeys = (
  text: string,
  name: string,
  key: Key | undefined,
): Whose => {
  const answer = objectIn(text)
  const keys = answer && within(answer, 'verify_keys')
  if (answer === undefined || keys === undefined) {
    return { is: 'other' }
  }
  const [first] = Object.keys(keys)
  const { server_name: other } = answer
  if (typeof other !== 'string' || first === undefined) {
    return { is: 'other' }
  }
  if (other !== name) {
    return { is: 'foreign', says: `the server ${other.slice(0, 255)} answers` }
  }
  const id = key?.id ?? first
  const said = within(keys, id)['key']
  if (key !== undefined && said !== key.text) {
    const says = `a server of the same name with another signing key answers`
    return { is: 'foreign', says }
  }
  return typeof said === 'string' &&
    isSigned(answer, name, id, () => key?.publicKey ?? publicOf(said))
    ? { is: 'right' }
    : { is: 'foreign', says: 'the answer about its keys is not signed by them' }
}
