// Whose process is at the other end of a connection. An address does not say:
// any user may listen there. Only the kernel knows.

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../../contract/failure.ts'
import { addressBytes } from '../../formats/ip.ts'
import type { accountsIn } from '../accounts.ts'
import { unlessMissing } from '../failure.ts'
import type { commander } from './run.ts'

/** One end of a TCP connection. */
export interface End {
  address: string
  port: number
}

/** A user whose process holds a socket. */
export interface Holder {
  /** The user's name, or the uid if the jail has no such user. */
  name: string
  /** Undefined if the jail has no such user. */
  uid: number | undefined
}

type Accounts = Pick<ReturnType<typeof accountsIn>, 'uid' | 'userOf'>
type Run = ReturnType<typeof commander>['run']

// proc_net_tcp.rst of Linux: four bytes are one number of the processor.
const kernelHex = (bytes: readonly number[]): string =>
  [...new Uint32Array(Uint8Array.from(bytes).buffer)]
    .map(word => word.toString(16).toUpperCase().padStart(8, '0'))
    .join('')

const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

// A server that listens on IPv6 may serve an IPv4 client.
const spellings = ({ address, port }: End): string[] => {
  const bytes = addressBytes(address)
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return [bytes, ...(bytes.length === 4 ? [[...mapped, ...bytes]] : [])].map(
    each => `${kernelHex(each)}:${hex}`,
  )
}

const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const

const tableAt = (path: string): string | undefined =>
  // Those of this process, whatever the root is.
  unlessMissing(path, () => fs.readFileSync(path, 'utf8'))

/**
 * The tables of Linux. The second one is read only if it is needed: each takes
 * the kernel some milliseconds, however few connections there are.
 */
const readTables = () => {
  const four = tableAt(tables[0])
  if (four === undefined) {
    const message = `${tables[0]} is missing: mount proc at /proc`
    throw new Failure(exit.unavailable, message)
  }
  let six: string | undefined
  return [() => four, () => (six ??= tableAt(tables[1]) ?? '')]
}

/** The users in the tables of Linux who hold the other end. */
const holdersInTables = (
  read: readonly (() => string)[],
  own: End,
  peer: End,
  { userOf }: Accounts,
): readonly Holder[] => {
  const [ours, theirs] = [spellings(own), spellings(peer)]
  const pairs = theirs.flatMap(their => ours.map(our => `${their} ${our} `))
  for (const table of read) {
    const rows = table()
      .split('\n')
      .filter(row => pairs.some(pair => row.includes(pair)))
      .map(row => row.trim().split(/ +/))
    if (rows.length > 0) {
      return rows.flatMap(([, , , , , , , uid, , inode]) =>
        // Until a process has accepted the connection, both are 0.
        inode === '0'
          ? []
          : [{ name: userOf(Number(uid)) ?? `${uid}`, uid: Number(uid) }],
      )
    }
  }
  return []
}

// USER, COMMAND, PID, FD, PROTO, LOCAL and FOREIGN ADDRESS of sockstat(1). A
// socket that no process holds has question marks.
const line =
  /^(\S+) +\S.*? +(?:\d+|\?+) +(?:\d+|\?+) +tcp\d* +(\S+):(\d+) +(\S+):(\d+) *$/

const isEnd = (
  { address, port }: End,
  text = '',
  portText: string | undefined,
): boolean =>
  Number(portText) === port &&
  addressBytes(text).join() === addressBytes(address).join()

/**
 * The users in the output of sockstat(1) who hold the other end. A program may
 * have a name with a line break, and so look like two lines: a line after one
 * that sockstat(1) cannot have written is ignored.
 */
const holdersIn = (
  output: string,
  own: End,
  peer: End,
  { uid }: Accounts,
): readonly Holder[] => {
  const lines = output.split('\n').map(each => line.exec(each))
  return lines.flatMap((found, index) => {
    const isTrue = index === 0 || lines[index - 1] !== null
    const [, name = '', local, localPort, foreign, foreignPort] = found ?? []
    return isTrue &&
      /[^?]/.test(name) &&
      isEnd(peer, local, localPort) &&
      isEnd(own, foreign, foreignPort)
      ? [{ name, uid: /^\d+$/.test(name) ? Number(name) : uid(name) }]
      : []
  })
}

// In seconds.
const longest = 10

/** @throws {Failure} exit 69 if sockstat(1) is missing or fails */
const sockstat = async (
  run: Run,
  ports: readonly number[],
): Promise<string> => {
  const args = ['-46cqw', '-P', 'tcp', '-p', ports.join()]
  const { code, stdout, stderr, late } = await run('sockstat', args, longest)
  if (code !== 0) {
    const why = late
      ? `does not end within ${longest} s`
      : stderr.trim().split('\n').at(-1)
    throw new Failure(exit.unavailable, `sockstat: ${why || `exit ${code}`}`)
  }
  return stdout
}

// In milliseconds. A service that waits for connections accepts within that
// time, and the checks of all its listeners begin within it.
const gathering = 1

/**
 * One look at a time: those who ask while it lasts share the next one, which
 * begins after they have asked.
 * @param look gets the ports of all who ask
 */
const shared = <T>(
  look: (ports: readonly number[]) => T | Promise<T>,
): ((port: number) => Promise<T>) => {
  let ports: number[] = []
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  const start = async (): Promise<T> => {
    await sleep(gathering)
    const wanted = ports
    ports = []
    next = undefined
    return look(wanted)
  }
  return port => {
    ports.push(port)
    if (next === undefined) {
      next = last.then(start)
      last = next.catch(() => undefined)
    }
    return next
  }
}

/** @param platform as Node names it */
export const sockets = (platform: string, run: Run, accounts: Accounts) => {
  const output = shared(ports => sockstat(run, ports))
  const read = shared(readTables)
  return {
    /**
     * The users whose processes hold the other end of a TCP connection within
     * this system: sockstat(1) says so on FreeBSD, /proc/net on Linux. Empty
     * while no process has accepted it, and after it was closed.
     * @throws {Failure} exit 69 if that cannot be found out
     */
    holdersOf: async (own: End, peer: End): Promise<readonly Holder[]> =>
      platform === 'freebsd'
        ? holdersIn(await output(own.port), own, peer, accounts)
        : holdersInTables(await read(own.port), own, peer, accounts),
  }
}
