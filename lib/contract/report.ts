/** An error or a warning about what the administrator gave. */
export interface Fault {
  severity: 'error' | 'warning'
  /** The name of the parameter or the path of the file. */
  subject: string
  /** The source: `environment`, `flag`, a file; nothing for a path. */
  source?: string
  message: string
}

/** All errors and warnings of one run: checks never stop at the first. */
export interface Report {
  faults: Fault[]
  error: (subject: string, source: string | undefined, message: string) => void
  warning: (
    subject: string,
    source: string | undefined,
    message: string,
  ) => void
  failed: () => boolean
}

export const newReport = (): Report => {
  const faults: Fault[] = []
  const add =
    (severity: Fault['severity']) =>
    (subject: string, source: string | undefined, message: string) => {
      faults.push({
        severity,
        subject,
        message,
        ...(source === undefined ? {} : { source }),
      })
    }
  return {
    faults,
    error: add('error'),
    warning: add('warning'),
    failed: () => faults.some(fault => fault.severity === 'error'),
  }
}

/** One line: `error: SMTPPORT (environment): "58x7" is not a port`. */
export const renderFault = (fault: Fault): string =>
  `${fault.severity}: ${renderFaultText(fault)}`

/** The same line without its severity. */
export const renderFaultText = ({ subject, source, message }: Fault): string =>
  `${subject}${source === undefined ? '' : ` (${source})`}: ${message}`

// What a terminal may interpret, or display in another order, or not at all.
const unprintable =
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** The text on one line, safe to print on a terminal, whoever wrote it. */
export const plain = (text: string): string =>
  text.replace(
    unprintable,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The same for a text of several lines. */
export const plainLines = (text: string): string =>
  text.split('\n').map(plain).join('\n')

const shownLength = 60

/**
 * A value as messages show it: quoted, on one line, shortened, and without
 * control sequences for the terminal.
 */
export const show = (text: string): string => {
  const short =
    text.length > shownLength
      ? // Does not cut a character of two code units in half.
        `${text.slice(0, shownLength).replace(/[\ud800-\udbff]$/, '')}…`
      : text
  return plain(JSON.stringify(short))
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)]
    .filter(word => word !== '')
    .join(' and ')
