// Nobody can trip root where cook writes: links and files that the users
// synapse and control can plant, and those that were planted before cook ran.

import { lstatSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryName } from '../../../lib/host/look.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { makeAuthority } from '../../jail/authority.ts'
import { seeker } from '../../leaks/needles.ts'
import { newText, secretText, type Secret } from '../../leaks/secrets.ts'
import {
  factsOf,
  makeVictims,
  otherVictims,
  victimOf,
  victims,
} from '../../leaks/victims.ts'
import { entriesIn } from '../../leaks/watcher.ts'
import { settle, whyNot, type Setting } from '../setting.ts'

const everything = {
  CONTROLUSER: 'yes',
  ADMINUSER: 'boss',
  SMTPHOST: 'mail.example.com',
  SMTPUSER: 'matrix',
  SMTPPASS: 'its password',
  SMTPFROM: 'noreply@example.com',
  FEDERATIONCA: '/root/ca.pem',
  LDAPSERVER: 'ldap.example.com',
  LDAPDOMAIN: 'example.com',
  LDAPPASSWORD: 'its password',
  LDAPTLS: 'starttls',
  LDAPCA: '/root/ca.pem',
}

const sh = async ({ jail }: Setting, script: string, user?: string) => {
  const argv = ['/bin/sh', '-c', script]
  const done = await jail.exec(argv, user === undefined ? {} : { user })
  if (done.code !== 0) {
    throw new Error(`${script}: ${done.stderr}`)
  }
  return done.stdout.split('\n').filter(line => line !== '')
}

/**
 * The paths that cook writes in an empty jail, from its plan, and all others.
 */
const placesOf = async ({ cook }: Setting): Promise<string[]> => {
  const { stdout } = await cook(['plan', '--json'], everything)
  const planned = stdout.split('\n').flatMap(line => {
    const { step = '' } = line === '' ? {} : JSON.parse(line)
    const [, path] = String(step).match(/^\w+ (\/.*)$/) ?? []
    return path === undefined ? [] : [path]
  })
  return [...new Set([...planned, ...Object.values(paths)])].sort()
}

/** Directories above these paths in which a user can create files. */
const open = async (
  setting: Setting,
  places: readonly string[],
  user: string,
): Promise<string[]> => {
  const folders = new Set<string>()
  for (const place of places) {
    for (let at = dirname(place); at !== '/'; at = dirname(at)) {
      folders.add(at)
    }
  }
  const script = [...folders, '/']
    .map(each => `mkdir ${each}/try && rmdir ${each}/try && echo ${each}`)
    .join('\n')
  return (await sh(setting, `exec 2>/dev/null\n${script}\ntrue`, user)).sort()
}

/** Whether the victims are unchanged, and their text is nowhere else. */
const judge = async (
  t: Test,
  { jail }: Setting,
  secrets: readonly Secret[],
  act: () => Promise<{ code: number; stdout: string; stderr: string }>,
): Promise<number> => {
  const before = factsOf(jail)
  const { code, stdout, stderr } = await act()
  // 69: what stands in the place of the database cannot be opened.
  t.ok([0, 69, 78].includes(code), `exit ${code}: ${stderr}`)
  t.notMatch(stderr, 'a defect')
  t.same(factsOf(jail), before, 'the files of root are as they were')
  const seek = seeker(secrets)
  t.same(seek(stdout + stderr), [], stderr)
  const found = entriesIn(jail.root, ['/proc', '/dev', victims, otherVictims])
    // A hard link to such a file, which nothing has used.
    .filter(({ path, text }) => text.length > 0 && names(jail.path(path)) === 1)
    .flatMap(({ path, text }) => seek(text).map(name => `${path}: ${name}`))
  t.same(found, [], 'and what is in them is nowhere else')
  return code
}

const names = (path: string): number =>
  // Not of what a link leads to: outside the jail that is another file.
  lstatSync(path, { throwIfNoEntry: false })?.nlink ?? 0

/** Ways to plant something at a path; FreeBSD lets users make hard links. */
const traps: Readonly<Record<string, (place: string, of: string) => string>> = {
  'a link': (place, of) => `ln -s ${of} ${place}`,
  'a hard link': (place, of) =>
    `if [ -f ${of} ]; then ln ${of} ${place}; else ln -s ${of} ${place}; fi`,
  'a link to a folder': (place, of) => `ln -s ${dirname(of)} ${place}`,
  'a named pipe': place => `mkfifo ${place}`,
}

/** Paths in their directories that cook uses, and their owners. */
const inTheirs = [
  [paths.potEnvironment, 'synapse'],
  [paths.potScript, 'control'],
  [temporaryName(paths.potEnvironment, '0123456789ab'), 'control'],
  [temporaryName(paths.synapseLog, '0123456789ab'), 'synapse'],
  [temporaryName(paths.database, '0123456789ab'), 'synapse'],
  [`${paths.controlHome}/.ssh`, 'control'],
  [`${paths.controlHome}/.cook`, 'control'],
] as const

const planting = async (t: Test): Promise<void> => {
  const setting = await settle(t, 'bun')
  const { jail, cook } = setting
  const ca = makeAuthority('An authority').certificate
  writeFileSync(jail.path('/root/ca.pem'), ca, { mode: 0o600 })
  const places = await placesOf(setting)
  const run = () => cook(['--no-start'], everything)
  let secrets: Secret[] = []

  await t.test('a jail with all features, and files only for root', async t => {
    const { code, stderr } = await run()
    t.equal(code, 0, stderr)
    // Like those of the port.
    const own = 'install -d -o synapse -g wheel'
    await sh(setting, `${own} /var/run/matrix-synapse /var/log/matrix-synapse`)
    secrets = await makeVictims(jail)
    t.ok(secrets.length > 8)
    t.ok(places.length > 40)
  })

  await t.test('a user can plant only what cook does not follow', async t => {
    t.same(await open(setting, places, 'synapse'), [
      paths.databaseDir,
      '/tmp',
      dirname(paths.synapseLog),
      dirname(paths.pidFile),
    ])
    t.same(await open(setting, places, 'control'), ['/tmp'])
  })

  for (const [place, user] of inTheirs) {
    for (const [what, plant] of Object.entries(traps)) {
      await t.test(`${what} at ${place}`, async t => {
        const told = newText()
        const near = place.startsWith('/mnt/') ? victims : otherVictims
        const victim = `${near}/environment`
        const text = `export "MYSHAREDSECRET=${told}"\n`
        writeFileSync(jail.path(victim), text, { mode: 0o600 })
        const isFile = `[ ! -L ${place} ] && [ -f ${place} ]`
        await sh(
          setting,
          `${plant(place, victim)}; ${isFile} || chown -h ${user} ${place}`,
        )
        await judge(t, setting, [secretText('told', told)], run)
        await sh(setting, `rm -rf ${place} ${victim}`)
      })
    }
  }

  const onData = places.filter(each => each.startsWith(`${paths.data}/`))
  for (const place of onData) {
    for (const [what, plant] of Object.entries(traps)) {
      await t.test(`${what} at ${place}, before cook ran`, async t => {
        await sh(
          setting,
          `set -e; rm -rf ${paths.data} ${paths.stateDir} ${paths.homeserver}
          mkdir -p ${dirname(place)}; ${plant(place, victimOf(place))}
          chown -hR synapse ${dirname(place)}; chown synapse ${paths.data}
          chown -hR 0:0 ${victims}`,
        )
        await judge(t, setting, secrets, run)
      })
    }
  }

  await t.test('without the traps it is a homeserver', async t => {
    await sh(setting, `rm -rf ${paths.data}`)
    const { code, stderr } = await run()
    t.equal(code, 0, stderr)
  })
}

const skip = whyNot('bun')

t.test('nobody can trip root', { skip }, planting)
