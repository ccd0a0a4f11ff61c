import { show } from '../contract/report.ts'

/** Bytes of a user id (Appendices, "User identifiers"). */
const longest = 255

/** `@alice:example.com`. */
export const userId = (localpart: string, serverName: string): string =>
  `@${localpart}:${serverName}`

/**
 * Why `text` cannot be the name of a new account, or undefined: the end of a
 * message. The allowed characters are in the Matrix specification (Appendices,
 * "User identifiers"); Synapse reserves numbers for guests.
 */
export const localpartFault = (text: string): string | undefined => {
  if (text === '') {
    return 'is empty'
  }
  if (text.startsWith('@')) {
    return 'begins with @: write only the name'
  }
  const odd = text.match(/[^a-zA-Z0-9._=\-/+]/u)?.[0]
  if (odd !== undefined) {
    return `contains ${show(odd)}: a name has only a-z, 0-9 and . _ = - / +`
  }
  return text !== text.toLowerCase()
    ? `has upper-case letters: write ${show(text.toLowerCase())}`
    : /^\d+$/.test(text)
      ? 'is a number: Synapse reserves numbers for guests'
      : undefined
}

/** Why a name is too long for its server, or undefined. */
export const lengthFault = (
  localpart: string,
  serverName: string,
): string | undefined =>
  Buffer.byteLength(userId(localpart, serverName)) > longest
    ? `makes the user id longer than ${longest} bytes`
    : undefined

/**
 * The localpart of a name: `alice`, or `@alice:DOMAIN` for this server. Returns
 * the error as text, in an object.
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
      : `is a user of another server: this one is ${serverName}`)
  return fault === undefined ? { localpart: name } : { fault }
}

// Characters, as Python counts them (synapse/rest/admin/users.py).
const longestPassword = 512

/** Why a text cannot be a password, or undefined: the end of a message. */
export const passwordFault = (text: string): string | undefined =>
  text === ''
    ? 'is empty'
    : [...text].length > longestPassword
      ? `is longer than ${longestPassword} characters`
      : /\p{Cc}/u.test(text)
        ? 'contains a control character'
        : undefined
