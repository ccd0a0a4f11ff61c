/** The names in a certificate, as node:tls has them. */
interface Names {
  subject?: { CN?: string | readonly string[] }
  subjectaltname?: string
}

/**
 * Whether a certificate has this text as a host name. That is how the
 * match_hostname of ldap3 compares an address (its utils/tls_backport.py): the
 * addresses in a certificate do not count.
 */
export const isNamedAsText = (
  { subject, subjectaltname = '' }: Names,
  text: string,
): boolean => {
  const hosts = [...subjectaltname.matchAll(/(?:^|, )DNS:([^,]+)/g)]
  const names =
    hosts.length > 0
      ? hosts.map(([, name = '']) => name)
      : [subject?.CN ?? []].flat()
  return names.some(name => name.toLowerCase() === text.toLowerCase())
}
