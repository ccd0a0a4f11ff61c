import { exit, Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'

// The default paths of FreeBSD's OpenSSL, which Synapse uses.
const bundle = '/etc/ssl/cert.pem'
const folder = '/etc/ssl/certs'

// The names of c_rehash(1): OpenSSL does not read other files there.
const isRead = (name: string): boolean => /^[0-9a-f]{8}\.\d+$/.test(name)

// An unreadable file there is not an error of cook.
const unlessUnreadable = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure && error.exit !== exit.tempFail) {
      return undefined
    }
    throw error
  }
}

/**
 * The PEM certificates of the authorities that the system trusts, or undefined
 * if there are none. Those that Node and Bun bring are different.
 */
export const systemRoots = (host: Host): string[] | undefined => {
  const names = unlessUnreadable(() => host.list(folder)) ?? []
  const hashed = names.filter(isRead).map(name => `${folder}/${name}`)
  const texts = [bundle, ...hashed].flatMap(
    path => unlessUnreadable(() => host.textThrough(path)) ?? [],
  )
  return texts.length > 0 ? [...new Set(texts)] : undefined
}
