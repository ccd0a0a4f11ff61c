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
