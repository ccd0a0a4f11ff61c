// Secrets in every encoding, and a search for all of them at once.

import type { Secret } from './secrets.ts'

/** A piece of a secret in one encoding. */
interface Needle {
  secret: string
  bytes: Buffer
}

// A truncated secret, as in Node's own messages after 25 characters, is found
// too: a piece begins every few bytes.
const step = 4
const length = 12

const each = (piece: Buffer, form: (byte: string) => string): Buffer => {
  const bytes = [...piece].map(byte => byte.toString(16).padStart(2, '0'))
  return Buffer.from(bytes.map(form).join(''))
}

// Base64 of a piece depends on the number of bytes before it: for each of the
// three cases, only the characters that do not depend on other bytes.
const base64 = (piece: Buffer): Buffer[] =>
  [0, 1, 2].flatMap(before => {
    const bytes = Buffer.concat([Buffer.alloc(before), piece])
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3))
    const first = before === 0 ? 0 : 4
    return (['base64', 'base64url'] as const).map(form =>
      Buffer.from(whole.toString(form).slice(first)),
    )
  })

/** Plain, as UTF-16, in base64, hexadecimal, percent-encoded, escaped. */
const formsOf = (piece: Buffer): Buffer[] => [
  piece,
  Buffer.from(piece.toString('latin1'), 'utf16le'),
  ...base64(piece),
  each(piece, hex => hex),
  each(piece, hex => hex.toUpperCase()),
  each(piece, hex => `%${hex}`),
  each(piece, hex => `%${hex.toUpperCase()}`),
  each(piece, hex => `\\x${hex}`),
  each(piece, hex => `\\u00${hex}`),
]

const piecesOf = (text: Buffer): Buffer[] => {
  const count = Math.floor((text.length - length) / step) + 1
  return Array.from({ length: count }, (_, n) =>
    text.subarray(n * step, n * step + length),
  )
}

const headOf = (bytes: Buffer): number => bytes.readUInt32LE(0)

/**
 * A search for secrets.
 * @returns a function that returns the names of the secrets in some bytes
 */
export const seeker = (secrets: readonly Secret[]) => {
  const byHead = new Map<number, Needle[]>()
  for (const { name, parts } of secrets) {
    for (const bytes of parts.flatMap(piecesOf).flatMap(formsOf)) {
      const head = headOf(bytes)
      byHead.set(head, [...(byHead.get(head) ?? []), { secret: name, bytes }])
    }
  }
  return (text: Buffer | string): string[] => {
    const bytes = Buffer.from(text)
    const found = new Set<string>()
    for (let at = 0; at + 4 <= bytes.length; at++) {
      for (const needle of byHead.get(bytes.readUInt32LE(at)) ?? []) {
        const there = bytes.subarray(at, at + needle.bytes.length)
        if (there.equals(needle.bytes)) {
          found.add(needle.secret)
        }
      }
    }
    return [...found].sort()
  }
}
