// The authorities that the system of a jail trusts.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authority } from '../../jail/authority.ts'
import type { Life } from '../../jail/life.ts'

/**
 * A directory for /etc/ssl/certs, removed after the test: a file with all, and
 * one named by its hash.
 */
export const certificates = (t: Life, { certificate }: Authority): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-certificates-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'test.pem'), certificate)
  execFileSync('openssl', ['rehash', folder])
  writeFileSync(join(folder, 'ca-certificates.crt'), certificate)
  return folder
}
