// PEM texts with damage of every kind that an editor, a copy or a disk does.

const upTo = (limit: number): number => Math.floor(Math.random() * limit)

const pick = <T>(from: readonly T[]): T => from[upTo(from.length)]!

const characters = [
  ...' \t\r\n\f\v-=:,#+/_Aa0',
  ...'\0\x7f\x1a\u00a0\u00e9\ufeff\u2028',
]

/** A place in a text, often beside a boundary. */
const place = (text: string): number => {
  const near = [...text.matchAll(/-----(BEGIN|END)|-----$/gm)]
  return near.length > 0 && Math.random() < 0.5
    ? Math.max(0, pick(near).index + pick([-2, -1, 0, 0, 0, 1, 5, 11, 16]))
    : upTo(text.length + 1)
}

const onLines =
  (change: (lines: string[], at: number) => string[]) =>
  (text: string): string => {
    const lines = text.split('\n')
    return change(lines, upTo(lines.length)).join('\n')
  }

/** Changes a byte of what the base64 of one block encodes. */
const inside = (text: string): string => {
  const blocks = [...text.matchAll(/-----BEGIN.*\n([^-]+)-----END/g)]
  if (blocks.length === 0) {
    return text
  }
  const body = pick(blocks)[1] ?? ''
  const bytes = Buffer.from(body, 'base64')
  const at = upTo(bytes.length)
  bytes[at] =
    Math.random() < 0.5 ? upTo(256) : (bytes[at] ?? 0) ^ (1 << upTo(8))
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return text.replace(body, `${lines.join('\n')}\n`)
}

const ways: readonly ((text: string) => string)[] = [
  inside,
  inside,
  text => {
    const at = place(text)
    return text.slice(0, at) + pick(characters) + text.slice(at)
  },
  text => {
    const at = place(text)
    return text.slice(0, at) + text.slice(at + 1 + upTo(3))
  },
  text => {
    const at = place(text)
    return text.slice(0, at) + pick(characters) + text.slice(at + 1)
  },
  text => text.slice(0, place(text)),
  text => text.slice(place(text)),
  onLines((lines, at) => lines.toSpliced(at, 1)),
  onLines((lines, at) => lines.toSpliced(at, 0, lines[at] ?? '')),
  onLines((lines, at) => lines.toSpliced(at, 0, pick(['', ' ', 'a: b', 'x']))),
  onLines((lines, at) => lines.with(at, pick([' ', '\t']) + lines[at])),
  onLines((lines, at) => lines.with(at, lines[at] + pick([' ', '\r', ' \t']))),
  onLines((lines, at) => [...lines.slice(at), ...lines.slice(0, at)]),
  onLines((lines, at) => [
    ...lines.slice(0, at),
    (lines[at] ?? '') + (lines[at + 1] ?? ''),
    ...lines.slice(at + 2),
  ]),
  text => text.replaceAll('\n', pick(['\r\n', '\r', ' \n', '\n\n'])),
  text =>
    text.replace(
      / CERTIFICATE| PRIVATE KEY/,
      pick([
        ' X509 CERTIFICATE',
        ' TRUSTED CERTIFICATE',
        ' RSA PRIVATE KEY',
        ' EC PRIVATE KEY',
        ' PKCS7',
        '  CERTIFICATE',
        ' certificate',
      ]),
    ),
  text => text + text,
  text => `${'x'.repeat(upTo(300))}${text}`,
]

/** A text with one to three kinds of damage. */
export const mutated = (text: string): string =>
  Array.from({ length: 1 + upTo(3) }, () => pick(ways)).reduce(
    (all, way) => way(all),
    text,
  )
