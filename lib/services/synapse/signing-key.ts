import { randomBytes, randomInt } from 'node:crypto'

// Letters that look different in a log.
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'

/**
 * A new ed25519 signing key in the form that Synapse reads: algorithm, key
 * id, and the 32 byte seed in unpadded base64 (Matrix specification,
 * "Signing JSON", and Synapse's signedjson).
 */
export const newSigningKey = (): string => {
  const id = Array.from({ length: 4 }, () => letters[randomInt(letters.length)])
  const seed = randomBytes(32).toString('base64').replace('=', '')
  return `ed25519 a_${id.join('')} ${seed}\n`
}

/** Why the text of a file is not a signing key, or undefined. */
export const signingKeyFault = (text: string): string | undefined => {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  if (lines.length === 0) {
    return 'is empty, but should contain the signing key'
  }
  // 32 bytes are 43 characters, of which the last one has 4 bits.
  const key = /^ed25519 [A-Za-z0-9_]+ [A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=?\s*$/
  return lines.every(line => key.test(line))
    ? undefined
    : 'is not a signing key (ed25519, key id, seed)'
}

/** 256 random bits as text without any special character. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
