import { Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'

// Where FreeBSD's OpenSSL looks, and so Synapse.
const bundle = '/etc/ssl/cert.pem'
const folder = '/etc/ssl/certs'

// c_rehash(1): other names there are not read.
const isRead = (name: string): boolean => /^[0-9a-f]{8}\.\d+$/.test(name)

// What cannot be read there is none of cook's business.
const unlessUnreadable = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}

/**
 * The certificates of the authorities that the system trusts, in PEM, or
 * nothing when it names none. A JavaScript engine brings others.
 */
export const systemRoots = (host: Host): string[] | undefined => {
  const names = unlessUnreadable(() => host.list(folder)) ?? []
  const hashed = names.filter(isRead).map(name => `${folder}/${name}`)
  const texts = [bundle, ...hashed].flatMap(
    path => unlessUnreadable(() => host.textThrough(path)) ?? [],
  )
  return texts.length > 0 ? [...new Set(texts)] : undefined
}
