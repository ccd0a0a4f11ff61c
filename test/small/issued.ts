// Certificates of any form, by openssl(1).

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pair } from '../jail/authority.ts'

/** How a certificate differs from a self-signed one on P-256 for 90 days. */
export interface Wish {
  subject?: string
  /** Lines of x509v3_config(5). */
  extensions?: readonly string[]
  /** Options of openssl-req(1) for the new key. */
  key?: readonly string[]
  /** Who signs it. */
  by?: Pair
  digest?: string
  days?: number
}

const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** The extensions of an authority. */
export const asAuthority = [
  'basicConstraints = critical, CA:true',
  'keyUsage = critical, keyCertSign, cRLSign',
]

/** Makes a key and its certificate. */
export const issued = ({
  subject = 'server',
  extensions = [],
  key = ec,
  by,
  digest = 'sha256',
  days = 90,
}: Wish): Pair => {
  const cwd = mkdtempSync(join(tmpdir(), 'cook-issued-'))
  const run = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd, stdio: 'pipe' })
  const put = (name: string, text: string) =>
    writeFileSync(join(cwd, name), text)
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
  try {
    put('conf', '[req]\ndistinguished_name = dn\n[dn]\n')
    put('extensions', `${extensions.join('\n')}\n`)
    run(
      ...['req', '-new', ...key, '-nodes', '-keyout', 'key', '-out', 'csr'],
      ...['-config', 'conf', '-subj', `/CN=${subject}`],
    )
    put('by.crt', by?.certificate ?? '')
    put('by.key', by?.key ?? '')
    const signer = by
      ? ['-CA', 'by.crt', '-CAkey', 'by.key', '-CAcreateserial']
      : ['-signkey', 'key']
    run(
      ...['x509', '-req', '-in', 'csr', '-out', 'crt', ...signer],
      ...['-extfile', 'extensions', '-days', String(days), `-${digest}`],
    )
    return { certificate: read('crt'), key: read('key') }
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
