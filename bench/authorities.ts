// Any number of authorities to trust.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthority } from '../test/jail/authority.ts'

const folder = '/root/authorities'
const made: string[] = []

/**
 * The certificate of an authority; each is created once, which takes a while.
 */
const certificate = (number: number): string =>
  (made[number] ??= makeAuthority(`Authority ${number}`).certificate)

/**
 * Writes this many certificates into the files of a jail, one in each file.
 * @returns the parameter that names the files, if there are any
 */
export const trustIn = (
  root: string,
  count: number,
): Record<string, string> => {
  mkdirSync(join(root, folder), { recursive: true })
  const files = Array.from({ length: count }, (_, number) => {
    const file = `${folder}/${number}.pem`
    writeFileSync(join(root, file), certificate(number))
    return file
  })
  return count === 0 ? {} : { FEDERATIONCA: files.join(',') }
}
