// Strings in SSH's encoding: four bytes with the length, then the bytes (RFC
// 4251, section 5). Keys are sequences of such strings.

/** Encodes a text or bytes as a string. */
export const sshString = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Encodes a number that is not negative: a leading 1 bit would be a sign. */
export const sshNumber = (bytes: Buffer): Buffer => {
  const first = bytes.findIndex(byte => byte !== 0)
  const digits = first < 0 ? Buffer.alloc(0) : bytes.subarray(first)
  const sign = (digits[0] ?? 0) >= 0x80 ? [Buffer.alloc(1)] : []
  return sshString(Buffer.concat([...sign, digits]))
}

/**
 * Decodes the first strings, and returns the rest; undefined if it is short.
 */
export const readStrings = (
  bytes: Buffer,
  count: number,
): { strings: Buffer[]; rest: Buffer } | undefined => {
  const strings: Buffer[] = []
  let rest = bytes
  while (strings.length < count) {
    const end = rest.length < 4 ? Infinity : 4 + rest.readUInt32BE()
    if (end > rest.length) {
      return undefined
    }
    strings.push(rest.subarray(4, end))
    rest = rest.subarray(end)
  }
  return { strings, rest }
}
