// Whether the real programs load a certificate: Synapse's Python.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { python } from '../small/yaml.ts'

const program = fileURLToPath(new URL('openssl-loads.py', import.meta.url))

/** What is loaded, and how: as a listener's, or as an authority's. */
export interface Loaded {
  kind: 'server' | 'federation' | 'ldap'
  crt: string
  key?: string
}

/** Why this cannot be found out here, or false if it can. */
export const whyNoLoads = (): string | false =>
  existsSync(python)
    ? false
    : 'no Synapse (make deps makes one in .cache, or set SYNAPSE_PYTHON)'

/** The version of OpenSSL that Python uses: 3.0 is [3, 0]. */
export const opensslVersion = (): number[] => {
  const code = 'import ssl; print(*ssl.OPENSSL_VERSION_INFO[:2])'
  const text = execFileSync(python, ['-c', code], { encoding: 'utf8' })
  return text.trim().split(' ').map(Number)
}

/** For each case, the errors of all ways of loading it. */
export const loads = async (cases: readonly Loaded[]): Promise<string[][]> => {
  const child = spawn(python, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  child.stdin.end(cases.map(each => `${JSON.stringify(each)}\n`).join(''))
  const lines = (await output).split('\n').filter(line => line !== '')
  if (lines.length !== cases.length) {
    throw new Error(`${lines.length} answers for ${cases.length} cases`)
  }
  return lines.map(line =>
    (JSON.parse(line) as (string | null)[]).flatMap(each => each ?? []),
  )
}
