// Whether the data of a service may have been set back to an older state, by a
// backup or a rollback. A service that hands things out once would hand them
// out again, and the data themselves do not show it. So the jail and the data
// set have the same mark, a random number, and it is new after each stop. The
// mark of the jail also says what the files of the data were like when the
// service was last known to be down. Without this proof the data count as set
// back.

import { randomBytes } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { dataMark, jailMark } from '../../contract/paths.ts'
import { mendNow } from '../steps/file.ts'
import type { Daemon, Once } from '../steps/daemon.ts'

type Named = Pick<Daemon, 'name'>

/** A service that hands things out once. */
export type Careful = Named & { once: Once }

/** What the files were like, in one line. */
const lookOf = (host: Host, { files }: Once): string =>
  files
    .map(path => host.look(path))
    .map(stat =>
      stat === undefined
        ? '-'
        : [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs].join(':'),
    )
    .join(' ')

/** Whether there are any data yet. */
export const hasData = (host: Host, { once }: Careful): boolean =>
  host.look(once.files[0]) !== undefined

const linesOf = (host: Host, path: string): string[] =>
  host.text(path)?.split('\n') ?? []

/**
 * Whether the data belong to this jail, and to its last start or stop of the
 * service.
 */
export const isContinuous = (host: Host, { name }: Named): boolean => {
  const [number] = linesOf(host, jailMark(name))
  return Boolean(number) && number === linesOf(host, dataMark(name))[0]
}

/** Whether nothing has happened to the data since the service was down. */
export const isAtRest = (host: Host, { name, once }: Careful): boolean =>
  isContinuous(host, { name }) &&
  linesOf(host, jailMark(name))[1] === lookOf(host, once)

const write = (host: Host, path: string, content: string): Promise<void> =>
  mendNow(
    {
      ...{ kind: 'file', path, content: `${content}\n` },
      ...{ owner: 'root', group: 'wheel', mode: 0o600 },
    },
    host,
  )

/** Makes a new mark. If it is killed between the two, the data count as set back. */
const mark = async (host: Host, { name, once }: Careful): Promise<void> => {
  const number = randomBytes(16).toString('hex')
  await write(host, dataMark(name), number)
  await write(host, jailMark(name), `${number}\n${lookOf(host, once)}`)
}

/**
 * Makes the data of a service that is down safe for its next start.
 * @returns what was removed, in words, if anything
 * @throws {Failure} exit 69 if that is not possible
 */
export const settle = async (
  host: Host,
  service: Careful,
): Promise<string | undefined> => {
  if (isAtRest(host, service)) {
    return undefined
  }
  const said = hasData(host, service)
    ? await service.once.forget(host)
    : undefined
  await mark(host, service)
  return said
}

/** Says in the jail that the service runs from now on. */
export const noteStart = async (host: Host, { name }: Named): Promise<void> => {
  const [number] = linesOf(host, jailMark(name))
  await (number && write(host, jailMark(name), number))
}

/** Says that the service was running, and that cook has just stopped it. */
export const noteStop = async (host: Host, service: Careful): Promise<void> => {
  // Otherwise this would hide that the data were set back while it ran.
  if (isContinuous(host, service)) {
    await mark(host, service)
  }
}

/** Makes the next start count the data as set back. */
export const forgetMark = (host: Host, { name }: Named): void =>
  host.remove(jailMark(name))

/** The service, if it hands things out once. */
export const careful = <S extends Daemon>(
  step: S,
): (S & Careful) | undefined =>
  step.once === undefined ? undefined : { ...step, once: step.once }
