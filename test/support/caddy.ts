// The Caddy of the machine, and the newest if it was built here.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const below = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))

const unpacked = below('.cache/packages/jail/usr/bin/caddy')
const newest = below('.cache/caddy/caddy')

const works = (path: string): boolean =>
  spawnSync(path, ['version'], { stdio: 'ignore' }).status === 0

/** Debian's, if there is one. */
export const caddy: string | undefined = ['caddy', unpacked].find(works)

/** Why a test cannot use it, or false. */
export const whyNoCaddy: string | false =
  caddy === undefined && 'no caddy: make jail brings it'

/** Why a test cannot use the newest, or false. */
export const whyNotNewest: string | false =
  !existsSync(newest) && `no ${newest}: make caddy builds it, if there is Go`

export const newestCaddy = newest
