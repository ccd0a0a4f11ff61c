import { X509Certificate } from 'node:crypto'

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

const read = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** The valid certificates in a PEM text. */
export const certificatesIn = (text: string): X509Certificate[] =>
  (text.match(blocks) ?? []).flatMap(block => read(block) ?? [])

/** Whether a PEM text contains a private key of any kind. */
export const holdsPrivateKey = (text: string): boolean =>
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)

/** What stands between a BEGIN and its END. */
export interface Block {
  label: string
  /** The block alone, or undefined if it is not base64 in every line. */
  pem: string | undefined
}

const boundary = /^-----(BEGIN|END) ([^-]+)-----$/
const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/

// OpenSSL reads headers before an empty line, and nothing after a short one, so
// a line between the two boundaries must have base64 only.
const blockOf = (label: string, lines: readonly string[]): Block => {
  const isWhole = lines.length > 0 && lines.every(each => each !== '')
  const body = lines.join('')
  return {
    label,
    pem:
      isWhole && base64.test(body)
        ? `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
        : undefined,
  }
}

const spoiled = (line: string, index: number): string | undefined =>
  /[^\P{Cc}\t]/u.test(line)
    ? `contains a control character in line ${index + 1}`
    : /-----(BEGIN|END)/.test(line) && !boundary.test(line)
      ? `contains "${/-----(?:BEGIN|END)/.exec(line)?.[0]}" in line ` +
        `${index + 1} with something before it or after its label, so ` +
        'OpenSSL does not find it: put it on a line of its own'
      : undefined

const unfinished = (label: string): string =>
  label === 'CERTIFICATE'
    ? 'contains an incomplete certificate'
    : `contains an incomplete block: BEGIN ${label} has no END`

/**
 * All blocks of a PEM text, which may have other text between them; or the
 * first error, for which OpenSSL would not read a block, or read something else
 * than the eye sees. It follows PEM_read_bio(3), but not everything that this
 * function permits.
 */
export const readBlocks = (text: string): Block[] | string => {
  if (!text.includes('-----BEGIN')) {
    return []
  }
  // OpenSSL ignores white space at the end of a line. Python takes a CR for the
  // end of one too, so it may stand only before a LF.
  const lines = text.split(/\r?\n/).map(line => line.replace(/[ \t]+$/, ''))
  const found: Block[] = []
  let open: { label: string; from: number } | undefined
  for (const [index, line] of lines.entries()) {
    const fault = spoiled(line, index)
    if (fault !== undefined) {
      return fault
    }
    const [, side, label = ''] = boundary.exec(line) ?? []
    if (side === 'BEGIN' && open === undefined) {
      open = { label, from: index + 1 }
    } else if (side === 'END' && open?.label === label) {
      found.push(blockOf(label, lines.slice(open.from, index)))
      open = undefined
    } else if (side !== undefined) {
      return open === undefined
        ? `contains an END without its BEGIN in line ${index + 1}`
        : unfinished(open.label)
    }
  }
  return open === undefined ? found : unfinished(open.label)
}

/**
 * All certificates in a PEM text, or the first error, for which OpenSSL would
 * reject the whole file. There may be none.
 */
export const readCertificates = (text: string): X509Certificate[] | string => {
  const all = readBlocks(text)
  if (typeof all === 'string') {
    return all
  }
  const found = all.filter(({ label }) => label === 'CERTIFICATE')
  const damaged = all.find(each => each.pem === undefined)
  if (damaged !== undefined && damaged.label !== 'CERTIFICATE') {
    return `contains a damaged block: ${damaged.label}`
  }
  const foreign = all.find(({ label }) =>
    /^(X509|TRUSTED) CERTIFICATE$|^PKCS/.test(label),
  )
  if (foreign !== undefined) {
    return `contains a block ${foreign.label}: convert it to CERTIFICATE`
  }
  const certificates = found.map(({ pem }) => (pem ? read(pem) : undefined))
  const wrong = certificates.indexOf(undefined)
  return wrong < 0
    ? certificates.flatMap(each => each ?? [])
    : found.length === 1
      ? 'is not a PEM certificate'
      : `contains an invalid certificate (number ${wrong + 1})`
}
