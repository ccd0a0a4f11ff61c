import { show } from '../contract/report.ts'

/** Bytes of a user id (Appendices, "User identifiers"). */
const longest = 255

/** `@alice:example.com`. */
export const userId = (localpart: string, serverName: string): string =>
  `@${localpart}:${serverName}`

/**
 * Why `text` cannot be the name of a new account, or nothing: the end of
 * `"x" …`. The Matrix specification has the characters (Appendices, "User
 * identifiers"), Synapse keeps numbers for guests.
 */
export const localpartFault = (text: string): string | undefined => {
  if (text === '') {
    return 'is empty'
  }
  if (text.startsWith('@')) {
    return 'begins with @: write the name alone'
  }
  const odd = text.match(/[^a-zA-Z0-9._=\-/+]/u)?.[0]
  if (odd !== undefined) {
    return `has ${show(odd)} in it: a name has a-z, 0-9 and . _ = - / + only`
  }
  return text !== text.toLowerCase()
    ? `has upper case: write ${show(text.toLowerCase())}`
    : /^\d+$/.test(text)
      ? 'is a number, which Synapse keeps for guests'
      : undefined
}

/** Why a name is too long for its server, or nothing. */
export const lengthFault = (
  localpart: string,
  serverName: string,
): string | undefined =>
  Buffer.byteLength(userId(localpart, serverName)) > longest
    ? `makes a user id of more than ${longest} bytes`
    : undefined

/**
 * The localpart of a name as people write it: `alice`, or `@alice:DOMAIN` of
 * this very server. Gives the fault as text, in an object.
 */
export const parseName = (
  text: string,
  serverName: string,
): { localpart: string } | { fault: string } => {
  const [, name = text, domain = serverName] =
    text.match(/^@([^:]*)(?::(.*))?$/s) ?? []
  const fault =
    localpartFault(name) ??
    (domain === serverName
      ? lengthFault(name, serverName)
      : `is a name of another server: this one is ${serverName}`)
  return fault === undefined ? { localpart: name } : { fault }
}

// Characters, as Python counts them (synapse/rest/admin/users.py).
const longestPassword = 512

/** Why a text cannot be a password, or nothing: the end of `its value …`. */
export const passwordFault = (text: string): string | undefined =>
  text === ''
    ? 'is empty'
    : [...text].length > longestPassword
      ? `is longer than ${longestPassword} characters`
      : /\p{Cc}/u.test(text)
        ? 'has a control character in it'
        : undefined
