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

// An encoded word has at most 75 characters (RFC 2047, section 2): 45 bytes in
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
 * The sender as mails carry it. Synapse hands a name that is not ASCII to
 * Python's email package together with the address, which then encodes both,
 * and no reader finds the address again. So the name comes to it encoded.
 */
const header = (name: string, address: string): string => {
  // What Synapse calls itself when it is not told otherwise.
  const text = name.trim().replaceAll('%(app)s', 'Matrix')
  return `${encodedWords(text.replace(/^"(.*)"$/s, '$1'))} <${address}>`
}

export const mailbox: Kind<string> = {
  expects: 'e-mail address or Name <address>',
  parse: text => {
    const [, name = '', address = text] = text.match(/^(.*)<([^<>]*)>$/) ?? []
    // Synapse fills this text in with Python's % operator.
    if (name.replaceAll('%(app)s', '').includes('%') || address.includes('%')) {
      return { fault: 'has a % in it, of which Synapse knows only %(app)s' }
    }
    // An RFC 5322 phrase: specials only between quotes.
    const phrase = /^("[^"\\]*"|[^"()<>@,;:\\.[\]]*)$/
    const fault =
      emailFault(address) ??
      (phrase.test(name.replaceAll('%(app)s', 'app').trim())
        ? undefined
        : 'has a name that needs double quotes around it')
    return either(
      isAscii(name) ? text : header(name, address),
      fault ??
        // Synapse speaks no SMTPUTF8.
        (!isAscii(address) &&
          'has an address that is not ASCII, from which Synapse cannot send'),
    )
  },
}
