import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode } from './failure.ts'
import { words } from './host-failure.ts'

// As many as Linux and FreeBSD follow, or more.
const most = 40

const target = (real: string): string | undefined => {
  try {
    return fs.readlinkSync(real)
  } catch (error) {
    // What is there and is no link.
    if (errorCode(error) === 'EINVAL') {
      return undefined
    }
    throw error
  }
}

/**
 * Where a path leads when all its links are followed, as inside the root: a
 * link to /etc stays below it.
 * @throws what the system says of a path that leads nowhere
 */
export const follow = (
  path: string,
  below: (path: string) => string,
): string => {
  const rest = path.split('/')
  let at = '/'
  for (let links = 0; rest.length > 0; ) {
    const name = rest.shift() ?? ''
    const next = name === '..' ? dirname(at) : join(at, name)
    const to = name === '..' ? undefined : target(below(next))
    if (to === undefined) {
      at = next
      continue
    }
    if (++links > most) {
      throw new Error(words['ELOOP'])
    }
    rest.unshift(...to.split('/'))
    at = to.startsWith('/') ? '/' : at
  }
  return at
}
