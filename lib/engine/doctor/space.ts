import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import type { Host } from '../../host/host.ts'
import { look, type Look, type Wrong } from './look.ts'
import { paths } from '../../contract/paths.ts'
import {
  shortageOf,
  shortages,
  size,
  type Shortage,
} from '../data-set/judge-space.ts'
import { startedOf } from '../health/status.ts'

// The system itself may be read-only.
const shortOfSystem = (host: Host): Shortage[] => {
  const space = host.space('/')
  const short = space && shortageOf('/', { ...space, isReadOnly: false })
  return short === undefined || space?.isReadOnly ? [] : [short]
}

/** The space of the file systems that services use. */
export const spaceLook: Look = look(
  ['disk-space', 'disk-inodes'],
  async ({ host }): Promise<Wrong<'disk-space' | 'disk-inodes'>[]> => {
    const found = shortages(host)
    const [system] = shortOfSystem(host)
    const dev = host.look('/')?.dev
    const isNamed = found.some(({ path }) => host.look(path)?.dev === dev)
    return [...(system && !isNamed ? [system] : []), ...found].map(
      ({ path, lacks, message }) => {
        const [, what = message, mends] = message.match(/^(.*): ([^:]*)$/) ?? []
        const says = `${path} ${what}`
        return lacks === 'inodes'
          ? { finding: 'disk-inodes', says }
          : { finding: 'disk-space', says, ...(mends ? { mends } : {}) }
      },
    )
  },
)

// In bytes. Logs are rotated long before.
const large = 1024 ** 3

/** A log and its older files, which have its name and a suffix. */
const logFiles = (host: Host, path: string): string[] =>
  host
    .list(dirname(path))
    .filter(name => name.startsWith(basename(path)))
    .map(name => join(dirname(path), name))

/** The size of the logs. They are not read. */
export const logLook = (context: Context): Look =>
  look(['log-size'], async ({ host }) =>
    [...startedOf(context).map(({ log }) => log), paths.cookLog].flatMap(
      (log): Wrong<'log-size'>[] => {
        const files = logFiles(host, log)
        const sizes = files.map(path => host.look(path)?.size ?? 0)
        const sum = sizes.reduce((all, each) => all + each, 0)
        const says = `the log ${log} has ${size(sum)} with its older files`
        return sum < large ? [] : [{ finding: 'log-size', says }]
      },
    ),
  )
