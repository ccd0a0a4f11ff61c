// The Python that runs Synapse in the jail, and the paths of its files outside.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Synapse {
  version: string
  python: string // 'python3.11'
  executable: string // of the base Python, not of the virtual environment
  prefix: string // the base Python's
  packages: string // the folder that synapse is imported from
}

const ASK = `
import importlib.metadata, importlib.util, json, os, sys
origin = importlib.util.find_spec('synapse').origin
print(json.dumps({
  'version': importlib.metadata.version('matrix-synapse'),
  'python': 'python%d.%d' % sys.version_info[:2],
  'executable': os.path.realpath(sys._base_executable),
  'prefix': sys.base_prefix,
  'packages': os.path.dirname(os.path.dirname(origin)),
}))`

const made = fileURLToPath(
  new URL('../../.cache/synapse/bin/python', import.meta.url),
)

const pythonToAsk = () => process.env['SYNAPSE_PYTHON'] ?? made

let found: Synapse | undefined

export const findSynapse = (): Synapse =>
  (found ??= JSON.parse(
    execFileSync(pythonToAsk(), ['-c', ASK], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  ) as Synapse)

/** Why there is no Synapse to run, or false if there is one. */
export const whyNoSynapse = (): string | false => {
  const python = pythonToAsk()
  if (!existsSync(python)) {
    return (
      `no Synapse: ${python} is missing (run test/jail/synapse.sh, or ` +
      'set SYNAPSE_PYTHON)'
    )
  }
  try {
    // The jail's own /usr/local hides that of the machine.
    return findSynapse().prefix === '/usr/local'
      ? `no Synapse: ${python} lives in /usr/local (set SYNAPSE_PYTHON)`
      : false
  } catch (error) {
    return `no Synapse: ${python} cannot import it\n${String(error)}`
  }
}
