import { plain, show } from '../../contract/report.ts'
import { either, type Kind } from './parsed.ts'

/** RFC 4512, 1.4: the name of an attribute. */
export const descriptor = '[A-Za-z][A-Za-z0-9-]*'

const isDescriptor = (text: string): boolean =>
  new RegExp(`^${descriptor}$`).test(text)

const isDescription = (text: string): boolean =>
  new RegExp(`^${descriptor}(?:;[A-Za-z0-9-]+)*$`).test(text)

export const ldapAttribute: Kind<string> = {
  expects: 'name of an attribute',
  parse: text =>
    either(
      text,
      /^[0-9.]+$/.test(text)
        ? 'is a number, under which servers do not answer: write the name'
        : !isDescription(text) && 'is not the name of an attribute',
    ),
}

// RFC 4514, section 3: what a value may have in it, and what only after a
// backslash, as itself or as two hexadecimal digits.
const value = /^(?:[^"+,;<>\\]|\\["+,;<>\\ #=]|\\[0-9a-f]{2})+$/i

const partFault = (part: string): string | undefined => {
  const at = part.indexOf('=')
  const name = part.slice(0, at)
  const text = part.slice(at + 1)
  if (part === '') {
    return 'has nothing on one side of a comma or plus'
  }
  if (at < 0) {
    return `has ${show(part)} in it, which is not name=value`
  }
  if (!isDescriptor(name)) {
    return `has ${show(name)} in it, which is not the name of an attribute`
  }
  if (text === '') {
    return `has no value for ${name}`
  }
  // As hexadecimal digits of BER, which Synapse's module spoils.
  if (text.startsWith('#')) {
    return `has a value that begins with "#": write "\\#"`
  }
  return value.test(text)
    ? undefined
    : `has ${show(text)} in it, where \\ must stand before each of , + " \\ < > ;`
}

// No text has control characters by now.
const mark = '\0'

// At commas and pluses with no backslash before them, which stay.
const split = (text: string): string[] =>
  text
    .replaceAll(/\\.|[,+]/gsu, found =>
      found.length > 1 ? found : `${mark}${found}${mark}`,
    )
    .split(mark)

// A backslash keeps the space after it. Backslashes are counted by hand, since
// a pattern for the end of a text is tried at each place of a long one.
const trimEnd = (text: string): string => {
  const short = text.trimEnd()
  let from = short.length
  while (short[from - 1] === '\\') {
    from--
  }
  return text.slice(0, short.length + ((short.length - from) % 2))
}

const withoutSpaces = (part: string): string => {
  const at = part.indexOf('=')
  return at < 0
    ? part.trim()
    : `${part.slice(0, at).trim()}=${trimEnd(part.slice(at + 1)).trimStart()}`
}

/**
 * A distinguished name, RFC 4514, without what ldap3's safe_dn refuses there:
 * numbers for names, no value, values in hexadecimal.
 */
export const dn: Kind<string> = {
  expects: 'distinguished name',
  parse: text => {
    if (text === '') {
      return { fault: 'is empty' }
    }
    const parts = split(text).map(withoutSpaces)
    const close = parts.join('')
    return either(
      text,
      parts
        .filter((_, index) => index % 2 === 0)
        .map(partFault)
        .find(fault => fault) ??
        (close !== text &&
          `has spaces around its parts: write "${plain(close)}"`),
    )
  },
}
