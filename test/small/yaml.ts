// How PyYAML, which Synapse uses, parses a text.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const made = fileURLToPath(
  new URL('../../.cache/synapse/bin/python', import.meta.url),
)
/** The Python that has Synapse's packages. */
export const python = process.env['SYNAPSE_PYTHON'] ?? made

/** Why there is no PyYAML here, or false if there is. */
export const whyNoYaml = (): string | false =>
  existsSync(python)
    ? false
    : `no PyYAML: ${python} is missing (run test/jail/synapse.sh, or set ` +
      'SYNAPSE_PYTHON)'

// Files are opened and merged like in read_config_files of
// synapse/config/_base.py. A type that JSON lacks becomes {'!type': text}.
// There is one line of output for each line of input.
export const script = `
import datetime, io, json, math, sys, yaml

def plain(x):
    if isinstance(x, dict):
        return {k if isinstance(k, str) else '!%s %r' % (type(k).__name__, k):
                plain(v) for k, v in x.items()}
    if isinstance(x, list):
        return [plain(v) for v in x]
    if x is None or isinstance(x, (str, bool, int)):
        return x
    if isinstance(x, float) and math.isfinite(x):
        return {'!float': repr(x)}
    return {'!' + type(x).__name__: repr(x)}

loader = getattr(yaml, (sys.argv + ['SafeLoader'])[1], yaml.SafeLoader)

def read(texts):
    merged = {}
    for text in texts:
        raw = io.BytesIO(text.encode('utf-8', 'surrogatepass'))
        value = yaml.load(io.TextIOWrapper(raw, 'utf-8'), loader)
        if len(texts) == 1:
            return value
        if isinstance(value, dict):
            merged.update(value)
    return merged

def answer(texts):
    try:
        return {'value': plain(read(texts))}
    except Exception as error:
        return {'error': type(error).__name__ + ': ' + str(error)}

for line in sys.stdin:
    print(json.dumps([answer(texts) for texts in json.loads(line)]))
`

export interface Reading {
  value?: unknown
  error?: string
}

/** What PyYAML reads, for each list of files: one alone, several merged. */
export const readYaml = (lists: readonly (readonly string[])[]): Reading[] => {
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], {
    input: JSON.stringify(lists),
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) {
    throw new Error(`PyYAML: ${stderr}`)
  }
  return JSON.parse(stdout.toString())
}
