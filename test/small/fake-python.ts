import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/**
 * An rc script of Synapse that names a Python, which is a script of sh.
 * @returns the files for a host
 */
export const fakePython = (t: Test, script: string): Record<string, string> => {
  const path = join(temporaryFolder(t, 'python'), 'python3.11')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { [paths.synapseScript]: `command="${path}"\n` }
}
