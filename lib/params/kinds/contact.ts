import { parseServerName } from '../../formats/server-name.ts'
import { email } from './mail.ts'
import { either, type Kind } from './parsed.ts'

// Older localparts too (Appendices, "Historical User IDs").
const form = /^@([!-9;-~]+):(.+)$/

/** A user id or an e-mail address (MSC1929). */
export const contact: Kind<string> = {
  expects: 'user id or e-mail address',
  parse: text => {
    if (!text.startsWith('@')) {
      return email.parse(text)
    }
    const [, , server = ''] = text.match(form) ?? []
    return either(
      text,
      (server === '' || typeof parseServerName(server) === 'string') &&
        'is not a user id such as @alice:example.com',
    )
  },
}
