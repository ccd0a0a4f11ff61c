import { exit, Failure } from '../contract/failure.ts'
import { Secret } from '../contract/secret.ts'
import { singleQuoted } from './sh.ts'

/** Converts a value to text in the language of a template. */
export type Quote = (value: unknown) => string

// PyYAML treats U+0085, U+2028 and U+2029 as line breaks, U+FEFF as a byte
// order mark, and refuses what it calls special characters. Everything else
// stays readable.
const unsafe = /["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g

const yamlEscape = (c: string): string =>
  c === '"' || c === '\\'
    ? `\\${c}`
    : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

// The port's rc script does not start Synapse if this word is in the file.
const forbidden = /CHANGEME/g

const yamlText = (text: string): string => {
  const escaped = text
    .toWellFormed()
    .replace(unsafe, yamlEscape)
    .replace(forbidden, 'CHANGE\\u004dE')
  return `"${escaped}"`
}

/**
 * A YAML value on one line. Text is always in double quotes (YAML 1.1, 5.7
 * "Escaped characters"), so that no text becomes a number or a boolean.
 */
export const quoteYaml: Quote = value =>
  typeof value === 'string'
    ? yamlText(value)
    : value instanceof Secret
      ? yamlText(value.reveal())
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : Array.isArray(value)
          ? `[${value.map(quoteYaml).join(', ')}]`
          : unprintable(value)

const unprintable = (value: unknown): never => {
  throw new Failure(exit.software, `a template prints ${typeof value}`)
}

/** A JSON value (RFC 8259) on one line. */
export const quoteJson: Quote = value =>
  typeof value === 'string'
    ? JSON.stringify(value.toWellFormed())
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : Array.isArray(value)
        ? `[${value.map(quoteJson).join(', ')}]`
        : typeof value === 'object' && value !== null && isPlain(value)
          ? `{ ${Object.entries(value)
              .map(([key, each]) => `${quoteJson(key)}: ${quoteJson(each)}`)
              .join(', ')} }`
          : unprintable(value)

const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype

const sshdText = (text: string): string => {
  // The language has no notation for such a character.
  if (/\p{Cc}/u.test(text)) {
    throw new Failure(exit.software, 'a template prints a control character')
  }
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/**
 * An argument of sshd_config(5) in double quotes; a list is several arguments.
 * The meaning of `%`, `*` or `~` depends on the keyword and is not quoted.
 */
export const quoteSshd: Quote = value =>
  typeof value === 'string'
    ? sshdText(value)
    : typeof value === 'boolean'
      ? value
        ? 'yes'
        : 'no'
      : typeof value === 'number'
        ? String(value)
        : Array.isArray(value)
          ? value.map(quoteSshd).join(' ')
          : unprintable(value)

const plainWord = /^[\w./:@=-]+$/

/** A word of sh(1), in single quotes if it needs them. */
export const quoteSh: Quote = value =>
  typeof value !== 'string' || /\p{Cc}/u.test(value)
    ? unprintable(value)
    : plainWord.test(value)
      ? value
      : singleQuoted(value)

/** The same in a command of crontab(5), where `%` is a line break. */
export const quoteCrontab: Quote = value =>
  quoteSh(value).replaceAll('%', '\\%')

/** A field of newsyslog.conf(5), which has no quoting. */
export const quoteNewsyslog: Quote = value =>
  typeof value === 'string' && plainWord.test(value)
    ? value
    : unprintable(value)

const htmlSpecial: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of HTML, between tags or as an attribute in double quotes. */
export const quoteHtml: Quote = value =>
  typeof value !== 'string' || /\p{Cc}/u.test(value)
    ? unprintable(value)
    : value.toWellFormed().replace(/[&<>"']/g, c => htmlSpecial[c]!)

const roffSpecial: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '~': '\\(ti',
  '^': '\\(ha',
  '-': '\\-',
}

const roffCode = (c: string): string =>
  `\\[u${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`

/**
 * Text of mdoc(7), on a line of its own or in double quotes as an argument of a
 * macro: a backslash escapes, and `.` or `'` begins a macro.
 */
export const quoteMdoc: Quote = value =>
  typeof value !== 'string' || /\p{Cc}/u.test(value)
    ? unprintable(value)
    : value
        .toWellFormed()
        .replace(/["\\'`~^-]/g, c => roffSpecial[c]!)
        .replace(/[^ -~]/gu, roffCode)
        // At the beginning of a line it would begin a macro; at the end of a
        // line it would end a sentence.
        .replace(/^\.|\.$/g, '\\&.\\&')

/** The quoting for each extension. */
export const quotes: Readonly<Record<string, Quote>> = {
  sh: quoteSh,
  crontab: quoteCrontab,
  newsyslog: quoteNewsyslog,
  yaml: quoteYaml,
  json: quoteJson,
  html: quoteHtml,
  sshd_config: quoteSshd,
  8: quoteMdoc,
}
