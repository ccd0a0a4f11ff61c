// What must not be seen, in every form in which it could be, and a search for
// all of it at once.

import type { Secret } from './secrets.ts'

/** A piece of a secret in one of its forms. */
interface Needle {
  secret: string
  bytes: Buffer
}

// A secret that is cut off, as in Node's own messages after 25 characters, is
// seen as well: each so many bytes a piece of it begins.
const step = 4
const length = 12

const each = (piece: Buffer, form: (byte: string) => string): Buffer => {
  const bytes = [...piece].map(byte => byte.toString(16).padStart(2, '0'))
  return Buffer.from(bytes.map(form).join(''))
}

// What base64 makes of bytes depends on how many are before them: of each of
// the three ways the characters that depend on nothing else.
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
 * @returns what gives the names of those that are in some bytes
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
