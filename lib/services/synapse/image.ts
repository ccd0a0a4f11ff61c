import type { Host } from '../../host/host.ts'
import { hasLdap, lib, minor, packages, versionIn } from './installed.ts'
import { packageFault } from './diagnosis/packages.ts'
import { packageFor, pythonOf, runPython } from './python.ts'
import { paths } from '../../contract/paths.ts'

// In seconds. Python imports a part of Synapse.
const limit = 120

// The databases' modules are packages of their own on FreeBSD. The rest is
// Synapse's own check of versions, which it repeats at each start.
const script = `
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print('cannot import %s: %s' % (name, error))
from synapse.util.check_dependencies import check_requirements
check_requirements()
`

/**
 * Asks Python for what Synapse cannot use.
 * @param modules for the databases
 * @param seconds how long that may take
 * @returns what is missing, or why that could not be found out
 */
export const askForPackages = async (
  host: Host,
  modules: readonly string[],
  seconds = limit,
): Promise<{ faults: string[] } | { why: string }> => {
  const python = pythonOf(host)
  if (python === undefined) {
    return { faults: [`${paths.synapseScript} does not name a Python`] }
  }
  const args = ['-I', '-c', script, ...modules]
  const ran = await runPython(host, python, args, seconds)
  const lines = `${ran.stdout}\n${ran.stderr}`.trim().split('\n')
  const faults = lines.flatMap(line => packageFault(host, line) ?? [])
  const why = ran.late ? `no answer in ${seconds} s` : lines.at(-1)
  return ran.code === 0 || faults.length > 0
    ? { faults: [...new Set(faults)] }
    : { why: `${python} could not look for packages (${why})` }
}

const asked = async (host: Host): Promise<string[]> => {
  const found = await askForPackages(host, ['sqlite3', 'psycopg2'])
  return 'why' in found ? [found.why] : found.faults
}

// The package of lib-dynload's other modules is Python itself: if that is there
// and has no SQLite, nothing else has it.
const seen = (host: Host): string[] =>
  host
    .list(lib)
    .filter(name => minor(name) >= 0)
    .toSorted((a, b) => minor(a) - minor(b))
    .slice(-1)
    .flatMap(name => {
      const modules = host.list(`${lib}/${name}/lib-dynload`)
      const others = host.list(`${lib}/${name}/site-packages`)
      const isThere = [...modules, ...others].some(each =>
        each.startsWith('_sqlite3.'),
      )
      const wanted = packageFor(host, 'sqlite3')
      return modules.length === 0 || isThere
        ? []
        : [`Python has no _sqlite3: install ${wanted}`]
    })

/**
 * What a jail image needs of Synapse and that is not installed. Below a root no
 * program can be run, so versions are not checked there.
 */
export const lacksOfImage = async (host: Host): Promise<string[]> => {
  const names = packages(host)
  const isInstalled =
    versionIn(names) !== undefined && host.look(paths.synapseScript)
  return [
    ...(isInstalled
      ? []
      : ['Synapse: install the package py3NN-matrix-synapse']),
    ...(hasLdap(names)
      ? []
      : [
          "Synapse's LDAP module: install the package " +
            'py3NN-matrix-synapse-ldap3',
        ]),
    ...(!isInstalled ? [] : host.live ? await asked(host) : seen(host)),
  ]
}
