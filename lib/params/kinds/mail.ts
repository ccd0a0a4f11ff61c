import { hostNameFault } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'

const emailFault = (text: string): string | undefined => {
  const at = text.lastIndexOf('@')
  if (at < 0) {
    return 'is not an e-mail address: it has no @'
  }
  const odd = /[\s()<>,;:\\"[\]@]/
  return at === 0 ||
    odd.test(text.slice(0, at)) ||
    hostNameFault(text.slice(at + 1))
    ? 'is not an e-mail address (name@host)'
    : undefined
}

export const email: Kind<string> = {
  expects: 'e-mail address',
  parse: text => either(text, emailFault(text)),
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

// An encoded word has at most 75 characters (RFC 2047, section 2): 45 bytes as
// base64, and 12 characters around them.
const wordBytes = 45

const encodedWords = (text: string): string => {
  const words = ['']
  for (const character of text) {
    const longer = words.at(-1) + character
    if (Buffer.byteLength(longer) > wordBytes) {
      words.push(character)
    } else {
      words[words.length - 1] = longer
    }
  }
  return words
    .map(word => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`)
    .join(' ')
}

/**
 * The From header of a mail. Synapse passes a non-ASCII name to Python's email
 * package together with the address. That package encodes both, and mail
 * programs no longer find the address. So the name is encoded here.
 */
const header = (name: string, address: string): string => {
  // The default app_name of Synapse.
  const text = name.trim().replaceAll('%(app)s', 'Matrix')
  return `${encodedWords(text.replace(/^"(.*)"$/s, '$1'))} <${address}>`
}

/** The address in a mailbox: `noreply@example.com`. */
export const addressIn = (mailbox: string): string =>
  mailbox.match(/<([^<>]*)>$/)?.[1] ?? mailbox

export const mailbox: Kind<string> = {
  expects: 'e-mail address or Name <address>',
  parse: text => {
    const [, name = '', address = text] = text.match(/^(.*)<([^<>]*)>$/) ?? []
    // Synapse formats this text with Python's % operator.
    if (name.replaceAll('%(app)s', '').includes('%') || address.includes('%')) {
      return { fault: 'contains %, which Synapse allows only in %(app)s' }
    }
    // An RFC 5322 phrase: special characters only in double quotes.
    const phrase = /^("[^"\\]*"|[^"()<>@,;:\\.[\]]*)$/
    const fault =
      emailFault(address) ??
      (phrase.test(name.replaceAll('%(app)s', 'app').trim())
        ? undefined
        : 'has a name that must be in double quotes')
    return either(
      isAscii(name) ? text : header(name, address),
      fault ??
        // Synapse does not support SMTPUTF8.
        (!isAscii(address) &&
          'has an address that is not ASCII: Synapse cannot send from it'),
    )
  },
}
