import { hostNameFault } from '../server-name.ts'
import { either, type Kind } from './parsed.ts'

const emailFault = (text: string): string | undefined => {
  const at = text.lastIndexOf('@')
  if (at < 0) {
    return 'is not an e-mail address: it has no @'
  }
  const odd = /[\s()<>,;:\\"[\]@]/
  return at === 0 || odd.test(text.slice(0, at)) || hostNameFault(text.slice(at + 1))
    ? 'is not an e-mail address (name@host)'
    : undefined
}

export const email: Kind<string> = {
  expects: 'e-mail address',
  parse: text => either(text, emailFault(text)),
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
    const phrase = /^\s*("[^"\\]*"|[^"()<>@,;:\\.[\]]*)\s*$/
    return either(
      text,
      emailFault(address) ??
        (phrase.test(name.replaceAll('%(app)s', 'app'))
          ? undefined
          : 'has a name that needs double quotes around it'),
    )
  },
}
