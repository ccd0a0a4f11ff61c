// Shared by the end-to-end tests: the three kinds of executable, a jail with a
// data set, and a picture of its files.

import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeJail, whyNoJail, type Jail } from '../jail/jail.ts'
import type { Life } from '../jail/life.ts'
import type { Done } from '../jail/run.ts'
import type { Shape } from '../jail/state.ts'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

export const kinds = {
  bundle: join(dist, 'cook.cjs'),
  pkg: join(dist, 'cook'),
  bun: join(dist, 'cook-linux-amd64'),
} as const

export type Kind = keyof typeof kinds

/** Why a kind of executable cannot be tested here, or false if it can. */
export const whyNot = (kind: Kind): string | false =>
  existsSync(kinds[kind])
    ? whyNoJail()
    : `no ${kinds[kind]}: make release builds it`

export const domain = 'matrix.example.com'
export const address = '10.192.0.5'

const required = {
  DOMAIN: domain,
  IP: address,
  ALERTEMAIL: 'admin@example.com',
}

export interface Setting {
  jail: Jail
  /** Runs cook in the jail; parameters replace the default ones. */
  cook: (args?: string[], parameters?: Record<string, string>) => Promise<Done>
  /** Runs the Matrix client in the jail's network. */
  client: (
    args: string[],
    env?: Record<string, string>,
  ) => Promise<Record<string, string>>
}

const path = '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin'

export const environment = (
  parameters: Record<string, string> = {},
): Record<string, string> => ({ PATH: path, ...required, ...parameters })

/** A directory for a data set, removed after the test. */
export const dataSet = (t: Life): string => {
  const data = mkdtempSync(join(tmpdir(), 'cook-data-'))
  chmodSync(data, 0o755)
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  return data
}

/** A jail with cook, removed after the test. */
export const settle = async (
  t: Life,
  kind: Kind,
  shape: Shape = {},
): Promise<Setting> => {
  const jail = await makeJail({ cook: kinds[kind], ...shape })
  t.teardown(() => jail.destroy())
  const script = fileURLToPath(new URL('../jail/client.ts', import.meta.url))
  return {
    jail,
    cook: (args = [], parameters = {}) =>
      jail.exec(['cook', ...args], { env: environment(parameters) }),
    client: async (args, env = {}) => {
      const argv = [process.execPath, script, ...args]
      const { code, stdout, stderr } = await jail.exec(argv, {
        host: true,
        env,
        timeout: 60_000,
      })
      if (code !== 0) {
        throw new Error(`the Matrix client: ${stderr}`)
      }
      return JSON.parse(stdout) as Record<string, string>
    },
  }
}

/** Files that processes of the jail change by themselves. */
const alive = [
  'proc',
  'dev',
  'var/log/matrix-synapse',
  'mnt/matrixdata/matrix-synapse',
]

/**
 * Everything below a directory except such files: type, mode, owner, mtime to
 * the nanosecond, content.
 */
export const picture = (
  root: string,
  leave: readonly string[] = alive,
): Record<string, string> => {
  const found: Record<string, string> = {}
  const visit = (inside: string): void => {
    for (const name of readdirSync(join(root, inside))) {
      const each = join(inside, name)
      if (leave.includes(each)) {
        continue
      }
      const stat = lstatSync(join(root, each), { bigint: true })
      const content = stat.isSymbolicLink()
        ? readlinkSync(join(root, each))
        : stat.isFile()
          ? createHash('sha256')
              .update(readFileSync(join(root, each)))
              .digest('hex')
          : ''
      const { mode, uid, gid, mtimeNs } = stat
      found[each] = [mode.toString(8), uid, gid, mtimeNs, content].join(' ')
      if (stat.isDirectory()) {
        visit(each)
      }
    }
  }
  visit('')
  return found
}

/** The paths that differ between two pictures. */
export const differences = (
  before: Record<string, string>,
  after: Record<string, string>,
): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(path => before[path] !== after[path])
    .sort()

/** The jail's files and its data set's, as one picture. */
export const jailPicture = ({ root, path }: Jail): Record<string, string> => ({
  ...picture(root),
  ...Object.fromEntries(
    Object.entries(picture(path('/mnt'), ['matrixdata/matrix-synapse'])).map(
      ([name, facts]) => [join('mnt', name), facts],
    ),
  ),
})

/**
 * The same without the times of directories: a temporary file changes the time
 * of its directory.
 */
export const jailContents = (jail: Jail): Record<string, string> =>
  Object.fromEntries(
    Object.entries(jailPicture(jail)).map(([name, facts]) => [
      name,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

export const pid = ({ path }: Jail): string =>
  readFileSync(path('/var/run/matrix-synapse/homeserver.pid'), 'utf8')

export const secret = ({ path }: Jail): string =>
  readFileSync(path('/mnt/matrixdata/keys/registration'), 'utf8')
