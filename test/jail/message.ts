// Parses a mail like a mail program (RFC 5322, 2045, 2047), as far as Synapse's
// mails need it: text and HTML as alternatives.

export interface Message {
  /** A header by its name in lower case, decoded; '' if there is none. */
  header(name: string): string
  /** The same without decoding, on one line. */
  raw(name: string): string
  text: string
  html: string
}

const isUtf8 = (charset: string | undefined): boolean =>
  /^(utf-8|us-ascii)$/i.test(charset ?? 'us-ascii')

const utf8 = (bytes: Buffer): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes)

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/[ \t]*=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    'latin1',
  )

const word = /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi

/** Decodes the encoded words of a header. */
export const decodeWords = (text: string): string =>
  text
    // Space between two encoded words is not part of the text.
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(word, (_, charset: string, way: string, inner: string) => {
      if (!isUtf8(charset)) {
        throw new Error(`an encoded word in ${charset}`)
      }
      return way.toLowerCase() === 'b'
        ? utf8(Buffer.from(inner, 'base64'))
        : utf8(quotedPrintable(inner.replaceAll('_', ' ')))
    })

interface Entity {
  headers: Map<string, string>
  body: string
}

const takeApart = (raw: string): Entity => {
  const [head = '', ...rest] = raw.split(/\r\n\r\n/)
  const headers = new Map<string, string>()
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const [, name = '', value = ''] = line.match(/^([!-9;-~]+): ?(.*)$/) ?? []
    if (name === '' || headers.has(name.toLowerCase())) {
      throw new Error(`a strange header: ${line}`)
    }
    headers.set(name.toLowerCase(), value)
  }
  return { headers, body: rest.join('\r\n\r\n') }
}

const decodeBody = ({ headers, body }: Entity): string => {
  const type = headers.get('content-type') ?? ''
  const [, charset] = type.match(/charset="?([^";\s]+)/i) ?? []
  if (!isUtf8(charset)) {
    throw new Error(`a body in ${charset}`)
  }
  const way = headers.get('content-transfer-encoding')?.toLowerCase()
  return utf8(
    way === 'base64'
      ? Buffer.from(body, 'base64')
      : way === 'quoted-printable'
        ? quotedPrintable(body)
        : Buffer.from(body, 'latin1'),
  )
}

/** Parses a mail; `raw` has a character for each byte. */
export const readMessage = (raw: string): Message => {
  const { headers, body } = takeApart(raw)
  const type = headers.get('content-type') ?? ''
  const [, boundary] = type.match(/boundary="?([^";]+)/i) ?? []
  if (!/^multipart\/alternative/i.test(type) || boundary === undefined) {
    throw new Error(`a mail of type ${type}`)
  }
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map(part => takeApart(part.replace(/^\r\n/, '').replace(/\r\n$/, '')))
  const bodyOf = (wanted: string): string => {
    const part = parts.find(({ headers }) =>
      headers.get('content-type')?.startsWith(wanted),
    )
    return part === undefined ? '' : decodeBody(part)
  }
  return {
    header: name => decodeWords(headers.get(name) ?? ''),
    raw: name => headers.get(name) ?? '',
    text: bodyOf('text/plain'),
    html: bodyOf('text/html'),
  }
}
