// Reads DER (X.690), as far as a certificate needs it. Neither Node nor Bun
// gives the extensions of a certificate.

/** An element: its tag and its content. */
export interface Element {
  tag: number
  content: Buffer
}

/** The length and where the content begins (X.690, 8.1.3 and 10.1). */
const lengthAt = (bytes: Buffer, at: number): [number, number] | undefined => {
  const first = bytes[at] ?? 0x80
  if (first < 0x80) {
    return [first, at + 1]
  }
  const count = first & 0x7f
  // Indefinite lengths are not DER, and nothing here has 4 GiB.
  return count === 0 || count > 4 || at + 1 + count > bytes.length
    ? undefined
    : [bytes.readUIntBE(at + 1, count), at + 1 + count]
}

/** The elements one after the other, or undefined if they are not DER. */
export const elementsIn = (bytes: Buffer): Element[] | undefined => {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const [length, from] = lengthAt(bytes, at + 1) ?? [Number.NaN, 0]
    // A tag of several bytes stands in no certificate.
    if ((tag & 0x1f) === 0x1f || !(from + length <= bytes.length)) {
      return undefined
    }
    found.push({ tag, content: bytes.subarray(from, from + length) })
    at = from + length
  }
  return found
}

const isOid = (content: Buffer): boolean =>
  content.length > 0 &&
  (content.at(-1) ?? 0x80) < 0x80 &&
  // No number begins with a zero (8.19.2).
  !content.some((byte, at) => byte === 0x80 && (content[at - 1] ?? 0) < 0x80)

const isInteger = ({ length, 0: first = 0, 1: second = 0 }: Buffer): boolean =>
  length === 1 ||
  (length > 1 &&
    !(first === 0 && second < 0x80) &&
    !(first === 0xff && second >= 0x80))

/** The types whose content has rules of its own. */
const rules: Readonly<Record<number, (content: Buffer) => boolean>> = {
  1: ({ length }) => length === 1,
  2: isInteger,
  3: ({ length, 0: unused = 8 }) => length > (unused > 0 ? 1 : 0) && unused < 8,
  5: ({ length }) => length === 0,
  6: isOid,
  10: isInteger,
  28: ({ length }) => length % 4 === 0,
  30: ({ length }) => length % 2 === 0,
}

// Only SEQUENCE, SET and what is tagged by its context are made of elements.
const isConstructed = (tag: number): boolean =>
  tag === 0x30 || tag === 0x31 || (tag & 0xe0) === 0xa0

// A certificate has ten levels or so; a file of nothing but levels must not use
// up the stack.
const deepest = 32

const isAllowed = ({ tag, content }: Element, depth: number): boolean =>
  isConstructed(tag)
    ? depth < deepest && isDer(content, depth + 1)
    : // Universal types, not constructed, and those of the context.
      tag < 0x20 && tag !== 0x10 && tag !== 0x11 && tag !== 0
      ? (rules[tag]?.(content) ?? true)
      : (tag & 0xe0) === 0x80

/**
 * Whether bytes are DER in all their depth. OpenSSL and BoringSSL, which Bun
 * uses, permit some violations, and not the same ones.
 * @param depth how many elements are around them
 */
export const isDer = (bytes: Buffer, depth = 0): boolean =>
  elementsIn(bytes)?.every(each => isAllowed(each, depth)) ?? false

/** An object identifier in the usual notation: 2.5.29.37. */
export const oidOf = (content: Buffer): string => {
  const numbers: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  const [head = 0, ...rest] = numbers
  const root = Math.min(Math.floor(head / 40), 2)
  return [root, head - 40 * root, ...rest].join('.')
}
