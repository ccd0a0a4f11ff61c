// Strings as SSH writes them: four bytes of length, then so many bytes
// (RFC 4251, section 5). Keys are sequences of them.

/** A text or bytes as such a string. */
export const sshString = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A number that is not negative, as bytes: a leading 1 bit would be a sign. */
export const sshNumber = (bytes: Buffer): Buffer => {
  const first = bytes.findIndex(byte => byte !== 0)
  const digits = first < 0 ? Buffer.alloc(0) : bytes.subarray(first)
  const sign = (digits[0] ?? 0) >= 0x80 ? [Buffer.alloc(1)] : []
  return sshString(Buffer.concat([...sign, digits]))
}

/** The first strings of some bytes, and what is left; nothing if they end. */
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
