// cook token: never more than one of the accounts that it uses is active, even
// if cook is killed or the account loses its rights.

import { once } from 'node:events'
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { api } from '../api.ts'
import {
  address,
  dataSet,
  differences,
  domain,
  environment,
  jailPicture,
  secret,
  settle,
  type Kind,
} from '../setting.ts'
import { lockText } from '../../support/lock-text.ts'

const secure = ['--url', `https://${address}:8448`, '--insecure']
const place = '/mnt/matrixdata/cook/service-account.json'
const open = { REGISTRATIONENABLE: 'yes' }

interface User {
  name: string
  admin: boolean
  deactivated: boolean
  displayname: string
  user_type: string | null
}

export const token = async (t: Test, kind: Kind): Promise<void> => {
  const data = dataSet(t)
  const setting = await settle(t, kind, { data })
  const { jail, cook, client } = setting
  const file = jail.path(place)
  const kept = () => JSON.parse(readFileSync(file, 'utf8'))
  let boss = ''

  const run = (...args: string[]) => cook(['token', ...args])

  const isGiven = async (t: Test, ...args: string[]) => {
    const { code, stdout, stderr } = await run(...args)
    t.equal(code, 0, stderr)
    t.match(stdout, /^[\w.~-]{16}\n$/)
    return stdout.trim()
  }

  const admin = (method: string, path: string, body?: object) =>
    api(setting, method, `/_synapse/admin/${path}`, body, boss)

  const idOf = (user: string) => encodeURIComponent(`@${user}:${domain}`)

  /** The accounts of cook, active ones first. */
  const ours = async (): Promise<User[]> => {
    const query = 'v2/users?deactivated=true&limit=1000&name=cook-'
    const { users } = await admin('GET', query)
    return (users as User[]).toSorted(
      (a, b) => Number(a.deactivated) - Number(b.deactivated),
    )
  }

  const isAlone = async (t: Test) => {
    const able = (await ours()).filter(({ deactivated }) => !deactivated)
    const { user, former } = kept()
    t.match(able, [{ name: `@${user}:${domain}`, admin: true }])
    t.equal(able.length, 1, 'one account of cook is active')
    t.strictSame(former, [])
  }

  await t.test('without a homeserver there is no token', async t => {
    const { code, stdout, stderr } = await run()
    t.equal(code, 69)
    t.equal(stdout, '')
    t.match(stderr, /there is no homeserver here yet: run cook first/)
  })

  await t.test('a homeserver', async t => {
    const { code, stderr } = await cook([], open)
    t.equal(code, 0, stderr)
  })

  await t.test('a wrong command line changes nothing', async t => {
    const before = jailPicture(jail)
    const uses = 'is not a number of accounts (1-999999)'
    const time = 'is not a time such as 30m, 12h, 7d or 4w (at most 10 years)'
    for (const [args, message] of [
      [['--uses', '0'], `--uses: "0" ${uses}`],
      [['--uses', '1000000'], `--uses: "1000000" ${uses}`],
      [['--uses=-1'], `--uses: "-1" ${uses}`],
      [['--uses', '1.5'], `--uses: "1.5" ${uses}`],
      [['--uses', 'many'], `--uses: "many" ${uses}`],
      [['--expires', '7'], `--expires: "7" ${time}`],
      [['--expires', '0d'], `--expires: "0d" ${time}`],
      [['--expires', '1y'], `--expires: "1y" ${time}`],
      [['--expires', '9999w'], `--expires: "9999w" ${time}`],
      [['alice'], 'unexpected argument alice (see cook --help)'],
    ] as const) {
      const { code, stdout, stderr } = await run(...args)
      t.equal(code, 64, args.join(' '))
      t.equal(stdout, '')
      t.equal(stderr, `error: ${message}\n`)
    }
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('only root may run it', async t => {
    const { code, stderr } = await jail.exec(['cook', 'token'], {
      env: environment(),
      user: 'synapse',
    })
    t.equal(code, 77)
    t.equal(stderr, 'error: cook token must run as root\n')
  })

  await t.test('the first token creates the account and one file', async t => {
    const before = jailPicture(jail)
    const given = await isGiven(t)
    t.strictSame(
      differences(before, jailPicture(jail)).filter(each => !/^var/.test(each)),
      ['mnt/matrixdata/cook', place.slice(1)],
    )
    const { mode, uid, gid } = statSync(file)
    t.strictSame([mode & 0o7777, uid, gid], [0o600, 0, 0])
    const log = readFileSync(jail.path('/var/log/cook.log'), 'utf8')
    t.notOk(log.includes(given))
    t.notOk(log.includes(kept().token))

    const env = { MATRIX_SHARED_SECRET: secret(jail) }
    const args = ['register', 'boss', 's3cr3t', '--admin']
    boss = (await client([...secure, ...args], env))['access_token']!
    await isAlone(t)
    t.match(await ours(), [
      {
        name: new RegExp(`^@cook-[0-9a-f]{12}:${domain}$`),
        displayname: /^cook, the program/,
        user_type: 'bot',
      },
    ])
  })

  await t.test('further tokens change no file', async t => {
    const before = jailPicture(jail)
    const tokens = [await isGiven(t), await isGiven(t, '--quiet')]
    t.equal(new Set(tokens).size, 2)
    t.strictSame(differences(before, jailPicture(jail)), [])
    t.equal((await ours()).length, 1)
  })

  await t.test('an account without its rights is replaced', async t => {
    for (const [what, method, path, body] of [
      [
        'logged out',
        'DELETE',
        async (id: string) => {
          const { devices } = await admin('GET', `v2/users/${id}/devices`)
          const [device] = devices as { device_id: string }[]
          return `v2/users/${id}/devices/${device!.device_id}`
        },
        undefined,
      ],
      [
        'no administrator',
        'PUT',
        async (id: string) => `v1/users/${id}/admin`,
        { admin: false },
      ],
      [
        'deactivated',
        'POST',
        async (id: string) => `v1/deactivate/${id}`,
        { erase: true },
      ],
      [
        'locked',
        'PUT',
        async (id: string) => `v2/users/${id}`,
        { locked: true },
      ],
    ] as const) {
      const { user } = kept()
      const { status } = await admin(method, await path(idOf(user)), body)
      t.equal(status, 200, what)
      await isGiven(t)
      t.not(kept().user, user)
      await isAlone(t)
    }
  })

  await t.test('a file that cook did not write is ignored', async t => {
    const strange = JSON.stringify({ user: 'boss', former: [] })
    for (const text of ['', 'x', '{}', 'null', '[]', '{"user": 1}', strange]) {
      writeFileSync(file, text)
      await isGiven(t)
      t.match(kept(), { user: /^cook-/, token: /./, former: [] }, text)
    }
    // Nothing shows that the earlier accounts were cook's.
    for (const { name } of await ours()) {
      if (name !== `@${kept().user}:${domain}`) {
        await admin('POST', `v1/deactivate/${encodeURIComponent(name)}`)
      }
    }
    await isAlone(t)
  })

  await t.test('killed anywhere, the next run repairs it', async t => {
    const named = (before: string) => kept().user !== before
    const known = (before: string) => named(before) && kept().token
    const found = new Set<string>()
    for (const [until, delay] of [
      [named, 0],
      [named, 20],
      [named, 60],
      [named, 100],
      [named, 150],
      [named, 200],
      [named, 300],
      [named, 400],
      [known, 0],
      [known, 5],
      [known, 15],
      [known, 30],
    ] as const) {
      const { user } = kept()
      // The account is created again each time.
      await admin('PUT', `v1/users/${idOf(user)}/admin`, { admin: false })
      const child = jail.spawn(['cook', 'token'], { env: environment() })
      const ended = once(child, 'exit')
      while (!until(user) && child.exitCode === null) {
        await sleep(1)
      }
      await sleep(delay)
      child.kill('SIGKILL')
      await ended
      const { token, former } = kept()
      found.add(!token ? 'named' : former.length > 0 ? 'known' : 'settled')
      await isGiven(t)
      // By then Synapse has finished the request of the killed run.
      await sleep(500)
      await isAlone(t)
    }
    t.ok(found.has('named'), 'killed before the new account was known')
    t.ok(found.has('known'), 'killed before the old one was deactivated')
    // What a killed run left beside the file is removed by the next cook.
    t.equal((await cook([], open)).code, 0)
    t.strictSame(
      readdirSync(dirname(file)).filter(name => name.endsWith('.cook')),
      [],
    )
  })

  await t.test(
    'another cook at work is in the way of a new one only',
    async t => {
      const lock = jail.path('/var/run/cook.lock')
      // A killed run may have left its own.
      rmSync(lock, { force: true })
      symlinkSync(lockText(jail.pid, 1), lock)
      await isGiven(t)
      const text = readFileSync(file)
      rmSync(file)
      const { code, stdout, stderr } = await run()
      t.equal(code, 75)
      t.equal(stdout, '')
      t.match(stderr, /^error: another cook is running/)
      t.notOk(existsSync(file))
      rmSync(lock)
      writeFileSync(file, text, { mode: 0o600 })
      await isGiven(t)
      await isAlone(t)
    },
  )

  await t.test('cook finds nothing to do afterwards', async t => {
    const { code, stdout } = await cook([], open)
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
  })

  await t.test('without a running Synapse no request is sent', async t => {
    await jail.exec(['service', 'synapse', 'onestop'])
    const before = jailPicture(jail)
    const { code, stdout, stderr } = await run()
    t.equal(code, 69)
    t.equal(stdout, '')
    t.match(stderr, /^error: synapse is not running/)
    t.strictSame(
      differences(before, jailPicture(jail)).filter(
        path => !/^var\/log/.test(path),
      ),
      [],
    )
  })
}
