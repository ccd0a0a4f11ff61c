// A jail with a healthy homeserver, files and processes of root that attackers
// want, and what they know of them.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
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
import { namedIn } from './armoury.ts'
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

/** A file of root's that may pass for each kind of a named one. */
const namedTargets = {
  environment: `${otherVictims}/environment`,
  secret: `${otherVictims}/secret`,
} as const

/** A home for each user, where the administrator names files. */
const makeHomes = async (jail: Jail): Promise<void> => {
  mkdirSync(jail.path('/home'), { recursive: true })
  for (const [user, home] of Object.entries(namedIn)) {
    if (home.startsWith('/home/')) {
      await jail.exec(['install', '-d', '-o', user, home])
    }
  }
}

// Synapse has a right to these.
const ofSynapse = ['signing key', 'registration', 'macaroon', 'form', 'TLS key']

export const settleTargets = async (t: Test) => {
  const setting = await settle(t, 'bun')
  const { jail, cook } = setting
  const [told, password, hidden] = [newText(), newText(), newText()]
  const parameters = {
    CONTROLUSER: 'yes',
    ADMINUSER: 'boss',
    ADMINPASS: password,
    REGISTRATIONENABLE: 'yes',
    REGISTRATIONVERIFY: 'token',
  }
  // On a busy machine sshd makes its keys for longer than cook waits for it.
  await cook([], parameters)
  const first = await cook([], parameters)
  t.equal(first.code, 0, first.stderr)
  const planted = await makeVictims(jail)
  // As valid as a file of pot, a pid file or a log would have to be.
  const text = `export "MYSHAREDSECRET=${told}"\n4711\nValueError: ${told}\n`
  const targets = [`${otherVictims}/file`, `${victims}/file`] as const
  targets.forEach(path => keepFor(jail, path, text))
  const { environment, secret } = namedTargets
  keepFor(jail, environment, `SMTPPASS=${hidden}\n`)
  keepFor(jail, secret, `${hidden}\n`)
  await makeHomes(jail)
  const secrets = (): Secret[] => [
    ...[...secretsMade(jail.path), ...planted].filter(
      ({ name }) => !ofSynapse.includes(name),
    ),
    secretText('ADMINPASS', password),
    secretText('a file of root', told),
    secretText('another file of root', hidden),
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
    /** Whether a user's password is from a file of root's. */
    hasHidden: (user: string): Promise<boolean> =>
      setting.client(['login', user, hidden]).then(
        () => true,
        () => false,
      ),
    /** What every user is told. */
    orders: (): Orders => ({
      targets,
      named: {
        environment: [environment, 'MAXUPLOAD=66M\n'],
        secret: [secret, 'a password of a user\n'],
      },
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
