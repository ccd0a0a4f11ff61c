// A jail with a healthy homeserver, files and processes of root that attackers
// want, and what they know of them.

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { settle } from '../e2e/setting.ts'
import type { Jail } from '../jail/jail.ts'
import { findSynapse } from '../jail/synapse.ts'
import {
  newText,
  secretsMade,
  secretText,
  type Secret,
} from '../leaks/secrets.ts'
import { makeVictims, otherVictims, victims } from '../leaks/victims.ts'
import { keepFor } from '../leaks/watcher.ts'
import type { Orders } from './attackers.ts'
import { believed } from './judge.ts'

const python = `/usr/local/bin/${findSynapse().python}`
const looks = ['-m', 'synapse.app.homeserver', '-c', paths.homeserver]

/** Command lines of services and of cook. */
const alike = [
  [python, ...looks],
  [python, '-m', 'synapse.app.homeserver', '--daemonize', ...looks.slice(2)],
  [paths.cook],
  ['cook', '--block'],
  ['sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups'],
  ['/bin/sh', '/usr/sbin/service', 'synapse', 'onestart'],
  ['\u001b]0;owned\u0007\nroot 1 0'],
] as const

/** A process of root that looks like Synapse, by its pid inside. */
export const rootAlike = async (t: Test, jail: Jail): Promise<string> => {
  const code = 'import os; print(os.getpid(), flush=True); input()'
  const child = jail.spawn([python, '-c', code, ...looks])
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout!, 'data')
  return String(line).trim()
}

// Synapse has a right to these.
const ofSynapse = ['signing key', 'registration', 'macaroon', 'form', 'TLS key']

export const settleTargets = async (t: Test) => {
  const setting = await settle(t, 'bun')
  const { jail, cook } = setting
  const [told, password] = [newText(), newText()]
  const parameters = {
    CONTROLUSER: 'yes',
    ADMINUSER: 'boss',
    ADMINPASS: password,
    REGISTRATIONENABLE: 'yes',
    REGISTRATIONVERIFY: 'token',
  }
  const first = await cook([], parameters)
  t.equal(first.code, 0, first.stderr)
  const planted = await makeVictims(jail)
  // As valid as a file of pot, a pid file or a log would have to be.
  const text = `export "MYSHAREDSECRET=${told}"\n4711\nValueError: ${told}\n`
  const targets = [`${otherVictims}/file`, `${victims}/file`] as const
  targets.forEach(path => keepFor(jail, path, text))
  const secrets = (): Secret[] => [
    ...[...secretsMade(jail.path), ...planted].filter(
      ({ name }) => !ofSynapse.includes(name),
    ),
    secretText('ADMINPASS', password),
    secretText('a file of root', told),
  ]
  const sentinels = [await rootAlike(t, jail), await rootAlike(t, jail)]
  const running = async (): Promise<string[]> => {
    const argv = ['pgrep', '-U', 'synapse', '-f', 'synapse[.]app[.]homeserver']
    const { stdout } = await jail.exec(argv)
    return stdout.split('\n').filter(line => line !== '')
  }
  return {
    setting,
    parameters,
    secrets,
    sentinels,
    /** What every user is told. */
    orders: (): Orders => ({
      targets,
      exports: [
        `DOMAIN=${believed}`,
        'IP=10.6.6.6',
        'ALERTEMAIL=evil@evil.example',
        'MAXUPLOAD=666M',
        'MYSHAREDSECRET=planted by an attacker',
      ],
      pids: sentinels,
      alike,
      secrets: secrets(),
    }),
    /** Files of cook, which the users try to write. */
    places: [
      ...Object.values(paths),
      ...targets,
      '/etc/master.passwd',
      '/etc/passwd',
      `${paths.overlayDir}/99-planted.yaml`,
      `/var/run/cook.synapse.start`,
    ],
    /** Lets the pid file say the truth again, which attackers cannot. */
    settled: async (): Promise<void> => {
      const [pid] = await running()
      const file = jail.path(paths.pidFile)
      if (pid !== undefined) {
        writeFileSync(file, `${pid}\n`)
      }
    },
    /** How many servers of Synapse run. */
    servers: async (): Promise<number> => (await running()).length,
  }
}
