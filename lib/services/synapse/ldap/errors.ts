import { networkTrouble, trouble } from '../../../net/trouble.ts'

/** The result code of RFC 4511, 4.1.9. */
export const noSuchObject = 32

/** What the result codes mean. */
export const words: Readonly<Record<number, string>> = {
  8: 'requires TLS before a login: set LDAPTLS',
  13: 'requires TLS before a login: set LDAPTLS',
  [noSuchObject]: 'has no such entry',
  17: 'does not know an attribute: is LDAPUID or LDAPFILTER wrong?',
  34: 'does not accept this name of an entry',
  49: 'refuses the login: is LDAPPASSWORD or LDAPBINDDN wrong?',
  50: 'does not allow this',
  51: 'is busy',
  52: 'is not available now',
}

/** The result code of an error, if the server sent one. */
export const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined

/** A connection that ended. */
export const ended = Object.assign(new Error(), { code: 'ECONNRESET' })

/** The failure for an error; the server's own text is not printed. */
export const ldapTrouble = (error: unknown, about: string): Error => {
  const code = codeOf(error)
  return code === undefined
    ? networkTrouble(ended)
    : trouble(`${words[code] ?? `answers with LDAP error ${code}`}${about}`)
}
