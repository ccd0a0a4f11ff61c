// No secret gets out: whatever cook is asked to do and however it ends, none
// is in what it prints, in what it gives to other programs, or in a file that
// is not meant to hold it.

import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { domain, whyNot, type Kind } from '../e2e/setting.ts'
import { api } from '../e2e/api.ts'
import { whyNoTrace } from '../strace.ts'
import { overlay, ownFolder, parameters, settleAll, ways } from './leaks.ts'
import { seeker } from './needles.ts'
import {
  holders,
  newText,
  secretsMade,
  secretText,
  type Secret,
} from './secrets.ts'
import { percent, tellFigure } from './size.ts'
import { entriesIn, hidden, keepFor, watcher, type Given } from './watched.ts'

const nothing = { code: [0] }

const leaks = async (t: Test, kind: Kind): Promise<void> => {
  const { setting, secrets, settings, yaml } = await settleAll(t, kind)
  const { jail } = setting
  const watch = watcher(jail)
  const way = ways(jail, secrets)
  const known: Secret[] = [
    ...Object.entries(secrets).map(([name, text]) => secretText(name, text)),
    secretText('own settings', settings),
  ]
  const all = (): Secret[] => [...known, ...secretsMade(jail.path)]

  /** One run, which may show some secrets and no others. */
  const run = async (
    t: Test,
    given: Given,
    codes: readonly number[] = [0],
    shows: readonly string[] = [],
  ) => {
    const env = { ...parameters, ...given.env }
    const done = await watch.run({ ...given, env })
    const said = done.stdout + done.stderr
    const what = given.flags ? 'with flags' : given.args.join(' ')
    t.ok(codes.includes(done.code), `${what}: ${done.code}: ${said}`)
    t.same(seeker(all())(said), shows, `${what}: ${said}`)
    return done
  }

  const form = percent > 0 ? [[], ['--json'], ['--quiet']] : [[], ['--json']]

  await t.test('secrets that cook makes', async t => {
    const args = ['--no-start', '--log']
    const { SMTPPASS, LDAPPASSWORD } = secrets
    await run(t, { args, env: { SMTPPASS: SMTPPASS!, LDAPPASSWORD: LDAPPASSWORD! } })
    t.match(all().map(({ name }) => name), ['admin password', 'registration'])
  })

  await t.test('a look at what there is to do, in each way', async t => {
    for (const [name, give] of Object.entries(way)) {
      for (const args of form) {
        for (const command of ['plan', 'check']) {
          const given = give()
          await run(
            t,
            { ...given, args: [command, ...given.args, ...args] },
            command === 'plan' ? [2] : [0],
          )
        }
      }
    }
  })

  await t.test('a homeserver', async t => {
    const given = way['files that it names']!()
    const { stderr } = await run(t, { ...given, args: ['--json', '--log'] })
    t.equal(stderr, '')
    const names = all().map(({ name }) => name)
  })

  await t.test('and all that one can ask of it', async t => {
    const passwords = [newText(), newText()]
    known.push(...passwords.map(text => secretText('a password', text)))
    keepFor(jail, `${ownFolder}/password`, passwords[0]!)
    await run(t, { args: ['status'] })
    await run(t, { args: ['user', 'bob', '--password-file', `${ownFolder}/password`] })
    const options = { input: `${passwords[1]}\n` }
    await run(t, { args: ['user', 'carol', '--json', '--admin'], options })
    await run(t, { args: ['user', 'carol', '--json'], options }, [73])
    const { stdout } = await run(t, { args: ['token'] })
    const token = Buffer.from(stdout.trim())
    known.push({ name: 'registration token', parts: [token] })
    for (const args of [['params'], ['params', '--json'], ['--help'], ['image']]) {
      await run(t, { args })
    }
    const path = '/_matrix/client/v3/account/password/email/requestToken'
    console.error(await api(setting, 'POST', path, {
      client_secret: 'abcdefghijkl', email: 'a@example.com', send_attempt: 1,
    }))
  })

  await t.test('no file that is not meant to has one', async t => {
    const seek = seeker(all())
    for (const entry of entriesIn(jail.root, ['/proc', '/dev', hidden, ownFolder])) {
      const found = seek(entry.text)
      if (found.length > 0) {
        console.error(entry.path, found, entry.facts, entry.isOpen)
      }
    }
  })
  const { execs, seen } = watch.started()
  console.error(seeker(all())(seen.join('\n')), seen.length, execs.length, watch.lines().length, seeker(all())(watch.lines().join('\n')), seeker(all())(watch.environments().join('\n')))
}

const kinds: readonly Kind[] = percent > 0 ? ['bundle', 'bun', 'pkg'] : ['bun']

for (const kind of kinds) {
  const skip = whyNot(kind) || whyNoTrace()
  t.test(`no secret gets out (${kind})`, { skip }, t => leaks(t, kind))
}
