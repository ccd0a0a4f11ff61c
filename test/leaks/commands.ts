// Everything that cook can do without errors.

import type { Test } from 'tap'
import { api, logIn } from '../e2e/api.ts'
import { domain } from '../e2e/setting.ts'
import { percent } from '../proof/size.ts'
import { ownFolder, person, type Place } from './jail.ts'
import { newText, secretText } from './secrets.ts'
import { keepFor } from './watcher.ts'
import { ways } from './ways.ts'

export const forms =
  percent > 0 ? [[], ['--json'], ['--quiet'], ['--json', '--quiet']] : [[]]

/** Requests with secrets, which Synapse may log. */
const useSynapse = async (t: Test, place: Place): Promise<void> => {
  const { setting, given, learn } = place
  const boss = await logIn(setting, 'boss', given['ADMINPASS'] ?? '')
  t.equal(boss.status, 200, 'the administrator can log in')
  learn({
    name: 'a login',
    parts: [Buffer.from(String(boss['access_token']).split('_')[2] ?? '')],
  })
  const { status } = await logIn(setting, person.name, person.password)
  t.equal(status, 200, 'and somebody whom LDAP knows')

  const id = encodeURIComponent(`@boss:${domain}`)
  const email = 'boss@example.com'
  const threepids = [{ medium: 'email', address: email }]
  const admin = `/_synapse/admin/v2/users/${id}`
  const token = boss['access_token']
  await api(setting, 'PUT', admin, { threepids }, token)
  const ask = '/_matrix/client/v3/account/password/email/requestToken'
  const asked = { client_secret: 'forgotten', email, send_attempt: 1 }
  const refused = await api(setting, 'POST', ask, asked)
  t.equal(refused.status, 500, 'the mail server does not let Synapse in')
}

const askForAccounts = async (t: Test, place: Place): Promise<void> => {
  const { run, setting, learn } = place
  const passwords = [newText(), newText()] as const
  passwords.forEach(text => learn(secretText('a password', text)))
  const file = `${ownFolder}/password`
  keepFor(setting.jail, file, passwords[0])
  await run(t, { args: ['user', 'bob', '--password-file', file] })
  const options = { input: `${passwords[1]}\n` }
  await run(t, { args: ['user', 'carol', '--json', '--admin'], options })
  await run(t, { args: ['user', 'carol'], options }, [73])
  await run(t, { args: ['user', 'c arol', '--json'], options }, [64])

  for (const args of [['token'], ['token', '--json', '--uses', '2']] as const) {
    // cook prints a new token, which is known only then.
    const { stdout, stderr } = await place.watch.run({ args: [...args] })
    const token = args.length > 1 ? JSON.parse(stdout).token : stdout
    t.match(token, /^[\w.~-]{16}\n?$/)
    learn({ name: 'registration token', parts: [Buffer.from(token.trim())] })
    t.same(place.seen(stdout), ['registration token'])
    t.same(place.seen(stderr), [])
  }
}

/** Runs cook in every way. */
export const commands = async (t: Test, place: Place): Promise<void> => {
  const { run, secrets, setting, given } = place
  const way = ways(setting.jail, given)

  await t.test('no secret that cook creates gets out', async t => {
    const { SMTPPASS = '', LDAPPASSWORD = '', TURNSECRET = '' } = given
    const env = { SMTPPASS, LDAPPASSWORD, TURNSECRET }
    await run(t, { args: ['--no-start', '--log'], env })
    const names = secrets().map(({ name }) => name)
    for (const made of ['admin password', 'registration', 'TLS key']) {
      t.ok(names.includes(made), made)
    }
  })

  await t.test('no given secret gets out, from any source', async t => {
    // The last ones find pot's file, and warn of its other values.
    for (const give of [...Object.values(way), ...Object.values(way)]) {
      for (const form of forms) {
        const { args, ...rest } = give()
        await run(t, { ...rest, args: ['check', ...args, ...form] })
        await run(t, { ...rest, args: ['plan', ...args, ...form] }, [2])
      }
    }
  })

  await t.test('no secret gets out of a first run', async t => {
    const { args = [], ...rest } = way['files that it names']?.() ?? {}
    const { stdout } = await run(t, {
      ...rest,
      args: [...args, '--json', '--log'],
    })
    t.match(stdout, /the mail server .* refuses the login/)
    t.match(stdout, /created the administrator @boss:\S+; its password is/)
  })

  await t.test('no secret gets out of other commands', async t => {
    await useSynapse(t, place)
    await askForAccounts(t, place)
    // doctor finds that this jail has no name server.
    const codes: Record<string, number[]> = { plan: [2], doctor: [1] }
    const formats = ['text', 'markdown', 'env', 'json', 'nomad']
    for (const args of [
      ...formats.map(each => ['params', '--format', each]),
      ['params', '--json'],
      ['status'],
      ['status', '--json'],
      ['doctor'],
      ['doctor', '--json'],
      ['--help'],
      ['--version', '--json'],
      ['image', '--log'],
      // By hand: pot's file has all values but this.
      ['plan', '--smtp-port', '2525'],
    ]) {
      await run(t, { args }, codes[args[0] ?? ''] ?? [0])
    }
  })
}
