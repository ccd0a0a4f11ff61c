import { plain, show } from '../../contract/report.ts'
import { either, type Kind } from './parsed.ts'

/** RFC 4512, 1.4: the name of an attribute. */
export const descriptor = '[A-Za-z][A-Za-z0-9-]*'

const isDescriptor = (text: string): boolean =>
  new RegExp(`^${descriptor}$`).test(text)

const isDescription = (text: string): boolean =>
  new RegExp(`^${descriptor}(?:;[A-Za-z0-9-]+)*$`).test(text)

export const ldapAttribute: Kind<string> = {
  expects: 'attribute name',
  parse: text =>
    either(
      text,
      /^[0-9.]+$/.test(text)
        ? "is an OID: use the attribute's name"
        : !isDescription(text) && 'is not an attribute name',
    ),
}

// RFC 4514, section 3: what a value may contain, and what must follow a
// backslash, as itself or as two hexadecimal digits.
const value = /^(?:[^"+,;<>\\]|\\["+,;<>\\ #=]|\\[0-9a-f]{2})+$/i

const partFault = (part: string): string | undefined => {
  const at = part.indexOf('=')
  const name = part.slice(0, at)
  const text = part.slice(at + 1)
  if (part === '') {
    return 'has an empty part beside a comma or plus sign'
  }
  if (at < 0) {
    return `contains ${show(part)}, which is not name=value`
  }
  if (!isDescriptor(name)) {
    return `contains ${show(name)}, which is not an attribute name`
  }
  if (text === '') {
    return `has no value for ${name}`
  }
  // That begins hexadecimal BER, which Synapse's LDAP module corrupts.
  if (text.startsWith('#')) {
    return `has a value that begins with "#": write "\\#"`
  }
  return value.test(text)
    ? undefined
    : `contains ${show(text)}: write a \\ before each of , + " \\ < > ;`
}

// Control characters have been refused before.
const mark = '\0'

// Splits at unescaped commas and plus signs, and keeps them.
const split = (text: string): string[] =>
  text
    .replaceAll(/\\.|[,+]/gsu, found =>
      found.length > 1 ? found : `${mark}${found}${mark}`,
    )
    .split(mark)

// A space after a backslash stays. Backslashes are counted in a loop: a regular
// expression for the end of a long text would be tried at every position.
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
 * A distinguished name, RFC 4514, without what ldap3's safe_dn refuses: OIDs
 * for names, empty values, hexadecimal values.
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
