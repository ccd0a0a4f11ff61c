// A real ssh(1) from outside into a jail.

import { execFileSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Jail } from '../../jail/jail.ts'
import type { Done } from '../../jail/run.ts'
import { address } from '../setting.ts'

/** Why ssh cannot be tested here, or false if it can. */
export const whyNoSsh = (): string | false => {
  try {
    for (const path of ['/usr/sbin/sshd', '/usr/bin/ssh']) {
      accessSync(path)
    }
    return false
  } catch (error) {
    return `no OpenSSH (test/debian.txt): ${String(error)}`
  }
}

export interface Way {
  user?: string
  port?: number
  /** The path of a private key. */
  key?: string
  password?: string
}

/** Keys and a known_hosts file, removed after the test. */
export const sshClient = (t: Test) => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-ssh-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const known = join(folder, 'known_hosts')
  const ask = join(folder, 'ask')
  writeFileSync(ask, '#!/bin/sh\nprintf "%s\\n" "$PASSWORD"\n')
  chmodSync(ask, 0o755)

  return {
    /** The known hosts with their keys. */
    known: (): string => readFileSync(known, 'utf8'),

    /** Creates a key pair. */
    keys: (name: string, type = 'ed25519') => {
      const key = join(folder, name)
      const args = ['-q', '-t', type, '-N', '', '-C', name, '-f', key]
      execFileSync('ssh-keygen', args)
      return { key, line: readFileSync(`${key}.pub`, 'utf8') }
    },

    /**
     * Logs in and runs a command. A new host is accepted, one with a
     * changed key is not.
     */
    ssh: (jail: Jail, way: Way, command: string): Promise<Done> => {
      const { user = 'control', port = 22, key = 'none', password } = way
      const options = [
        ['UserKnownHostsFile', known],
        ['GlobalKnownHostsFile', '/dev/null'],
        ['StrictHostKeyChecking', 'accept-new'],
        ['IdentitiesOnly', 'yes'],
        ['IdentityFile', key],
        ['LogLevel', 'ERROR'],
        ['NumberOfPasswordPrompts', '1'],
        ['BatchMode', password === undefined ? 'yes' : 'no'],
      ].flatMap(([name, value]) => ['-o', `${name}=${value}`])
      const place = ['-p', String(port), `${user}@${address}`]
      return jail.exec(['ssh', '-F', 'none', ...options, ...place, command], {
        host: true,
        timeout: 20_000,
        env: {
          PATH: '/usr/bin:/bin',
          SSH_ASKPASS: ask,
          SSH_ASKPASS_REQUIRE: 'force',
          PASSWORD: password ?? '',
        },
      })
    },
  }
}
