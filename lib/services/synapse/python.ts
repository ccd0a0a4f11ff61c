import { errorMessage, exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { singleQuoted } from '../../formats/sh.ts'

/** The Python that the package's rc script starts Synapse with. */
export const pythonOf = (host: Host): string | undefined =>
  host
    .text(paths.synapseScript)
    ?.match(/^command=["']?(\/[\w./-]*python[\w.]*)/m)?.[1]

/** The name of a package for the installed Python: `py311-sqlite3`. */
export const packageFor = (host: Host, name: string): string => {
  const [, minor] = pythonOf(host)?.match(/python3\.(\d+)$/) ?? []
  return `py3${minor ?? 'NN'}-${name}`
}

/** What a Python script printed; without a code it did not run. */
interface Ran {
  code: number | undefined
  stdout: string
  stderr: string
  /** Whether it exceeded its time limit. */
  late: boolean
}

/**
 * Runs Python as the user synapse: as root it would create files of root.
 * @param args what follows the name of Python
 * @param seconds how long it may take
 * @throws {Failure} exit 75 if there is no resource for a program now
 */
export const runPython = async (
  host: Host,
  python: string,
  args: readonly string[],
  seconds: number,
): Promise<Ran> => {
  const words = args.map(each =>
    /^[\w./-]+$/.test(each) ? each : singleQuoted(each),
  )
  const command = ['exec', python, ...words].join(' ')
  return host
    .run('su', ['-m', 'synapse', '-c', command], seconds)
    .catch(error => {
      if (error instanceof Failure && error.exit === exit.tempFail) {
        throw error
      }
      const stderr = errorMessage(error)
      return { code: undefined, stdout: '', stderr, late: false }
    })
}

// In seconds: Python looks up its host name, and the name servers may be away.
const patience = 2

/** What a program prints, or undefined if it fails. */
const printed = async (
  host: Host,
  command: string,
  args: readonly string[],
): Promise<string | undefined> => {
  const ended = await host.run(command, args, patience).catch(() => undefined)
  return ended?.code === 0 ? ended.stdout.trim() : undefined
}

/**
 * What Python prints for some code. It reads no environment and none of a
 * user's directories (-I).
 * @returns undefined if it cannot be run or does not answer within 2 s
 */
export const askPython = async (
  host: Host,
  code: string,
): Promise<string | undefined> => {
  const python = pythonOf(host)
  return python === undefined
    ? undefined
    : printed(host, python, ['-I', '-c', code])
}

/**
 * The name by which Synapse introduces itself to a mail server: Twisted takes
 * it from socket.getfqdn() of Python, which asks the system's resolver.
 */
export const ownName = async (host: Host): Promise<string> => {
  const asked = await askPython(host, 'import socket; print(socket.getfqdn())')
  const name = asked ?? (await printed(host, 'hostname', [])) ?? ''
  return /^[!-~]+$/.test(name) ? name : 'localhost'
}
