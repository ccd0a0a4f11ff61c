// ADMINUSER: the first administrator, created once even if cook is killed.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { api, isAdmin, logIn, patient, registrations } from '../api.ts'
import {
  dataSet,
  differences,
  domain,
  environment,
  jailPicture,
  pid,
  settle,
  type Kind,
} from '../setting.ts'

const wanted = { ADMINUSER: 'boss' }
const id = `@boss:${domain}`

const facts = (path: string) => {
  const { mode, uid, gid } = statSync(path)
  return [(mode & 0o7777).toString(8), uid, gid]
}

export const administrator = async (t: Test, kind: Kind): Promise<void> => {
  const data = dataSet(t)
  const folder = join(data, 'matrixdata/cook')
  const passwordPath = join(folder, 'admin-password')
  const madePath = join(folder, 'admin-user')
  const ownPath = join(data, 'matrixdata/homeserver.d/own.yaml')
  const own = (text: string) => {
    mkdirSync(join(data, 'matrixdata/homeserver.d'), { recursive: true })
    writeFileSync(ownPath, text)
  }
  const setting = await settle(t, kind, { data })
  const { jail, cook } = setting
  const record = jail.path('/var/db/cook/last.json')
  let password = ''

  await t.test('with --no-start no administrator is created', async t => {
    own(patient)
    const { stdout: planned } = await cook(['plan', '--no-start'], wanted)
    const lines = planned.trim().split('\n')
    t.ok(lines.includes('dir /mnt/matrixdata/cook is missing'))
    t.equal(new Set(lines).size, lines.length, 'each thing is told once')
    const { code, stderr } = await cook(['--no-start'], wanted)
    t.equal(code, 0, stderr)
    t.notOk(existsSync(madePath))
    const again = await cook(['--no-start'], wanted)
    t.match(again.stdout, /nothing to do/)
    const { code: due, stdout } = await cook(['plan'], wanted)
    t.equal(due, 2)
    t.match(stdout, `\naccount ${id} does not exist yet\n`)
    rmSync(passwordPath)
  })

  await t.test('killed before it: the password is on the disk', async t => {
    const child = jail.spawn(['cook'], {
      env: environment(wanted),
      input: '',
    })
    for (let i = 0; i < 2000 && !existsSync(passwordPath); i++) {
      await sleep(5)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    password = readFileSync(passwordPath, 'utf8').trim()
    t.match(password, /^[\w-]{43}$/)
    t.notOk(existsSync(madePath))
    t.strictSame(facts(passwordPath), ['600', 0, 0])
    t.strictSame(facts(folder), ['700', 0, 0])
  })

  await t.test('the next run uses that password', async t => {
    const { code, stdout, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    const place = '/mnt/matrixdata/cook/admin-password'
    t.match(
      stdout,
      `created the administrator ${id}; its password is in ${place}`,
    )
    t.equal(readFileSync(passwordPath, 'utf8').trim(), password)
    t.equal(readFileSync(madePath, 'utf8'), `${id}\n`)
    t.strictSame(facts(madePath), ['600', 0, 0])
    const { status, access_token } = await logIn(setting, 'boss', password)
    t.equal(status, 200)
    t.equal(await isAdmin(setting, 'boss', access_token), true)
    for (const said of [stdout, stderr]) {
      t.notOk(said.includes(password))
    }
    const log = readFileSync(jail.path('/var/log/cook.log'), 'utf8')
    t.notOk(log.includes(password))
    t.match(log, `created the administrator ${id}; `)
    t.equal(await registrations(setting), 1)
  })

  const nothing = async (t: Test, given: Record<string, string>) => {
    const [files, process] = [jailPicture(jail), pid(jail)]
    const asked = await registrations(setting)
    const { code, stdout, stderr } = await cook([], given)
    t.equal(code, 0, stderr)
    t.strictSame(differences(files, jailPicture(jail)), [])
    t.equal(pid(jail), process)
    t.equal(await registrations(setting), asked, 'nobody was asked')
    return { stdout, stderr }
  }

  await t.test('a second run does nothing', async t => {
    const { stdout } = await nothing(t, wanted)
    t.match(stdout, /nothing to do/)
  })

  await t.test('killed after it: the next run finds the account', async t => {
    rmSync(madePath)
    rmSync(record)
    const { code, stdout, stderr } = await cook([], wanted)
    t.equal(code, 0, stderr)
    t.match(stdout, `created the administrator ${id}; `)
    t.equal(stderr, '')
    t.ok(existsSync(madePath))
    t.ok(existsSync(record))
    const { access_token } = await logIn(setting, 'boss', password)
    const path = '/_matrix/client/v3/devices'
    const said = await api(setting, 'GET', path, undefined, access_token)
    const names = (said['devices'] as { display_name?: string }[]).map(
      each => each.display_name,
    )
    t.notOk(names.includes('cook'), 'it has logged out again')
  })

  await t.test('changes by the administrator stay', async t => {
    const { access_token } = await logIn(setting, 'boss', password)
    const changed = await api(
      setting,
      'POST',
      '/_matrix/client/v3/account/password',
      {
        new_password: 'its own',
        auth: {
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: 'boss' },
          password,
        },
      },
      access_token,
    )
    t.equal(changed.status, 200)
    rmSync(passwordPath)
    await nothing(t, wanted)
    t.notOk(existsSync(passwordPath), 'a password that went stays away')
    const other = await cook([], { ...wanted, ADMINPASS: 'another' })
    t.equal(other.code, 0)
    t.equal((await logIn(setting, 'boss', 'another')).status, 403)
    t.equal((await logIn(setting, 'boss', 'its own')).status, 200)
    await nothing(t, { ...wanted, ADMINPASS: 'another' })
  })

  await t.test('another name creates no second account', async t => {
    const given = { ADMINUSER: 'chief' }
    const { code, stderr } = await cook([], given)
    t.equal(code, 0)
    t.match(
      stderr,
      /^warning: ADMINUSER: @boss:.* was created before, and cook does that only once/,
    )
    t.match(stderr, /create another .* with cook user --admin chief/)
    t.equal((await logIn(setting, 'chief', 'x')).status, 403)
    await nothing(t, given)
    t.equal((await cook([], wanted)).code, 0)
  })

  await t.test('a deactivated administrator stays deactivated', async t => {
    const { access_token } = await logIn(setting, 'boss', 'its own')
    const path = `/_synapse/admin/v1/deactivate/${encodeURIComponent(id)}`
    const said = await api(setting, 'POST', path, {}, access_token)
    t.equal(said.status, 200)
    await nothing(t, wanted)
    t.equal((await logIn(setting, 'boss', 'its own')).status, 403)
  })

  await t.test('a new jail over the data set creates none', async t => {
    await jail.destroy()
    const second = await settle(t, kind, { data })
    const { code, stdout, stderr } = await second.cook([], wanted)
    t.equal(code, 0, stderr)
    t.equal(stderr, '')
    t.notMatch(stdout, /account/)
    t.equal(await registrations(second), 0)
    t.equal((await logIn(second, 'boss', 'its own')).status, 403)
    t.notOk(existsSync(passwordPath))
  })
}

/** With ADMINPASS, and with names that are taken. */
export const givenPassword = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { jail, cook } = setting
  const at = (name: string) => jail.path(`/mnt/matrixdata/cook/${name}`)
  const own = (text: string) => {
    mkdirSync(jail.path('/mnt/matrixdata/homeserver.d'), { recursive: true })
    writeFileSync(jail.path('/mnt/matrixdata/homeserver.d/own.yaml'), text)
  }
  const password = ' "quo\'te" \\ $x `id` 🔑 '
  const given = { ADMINUSER: 'boss', ADMINPASS: password }

  await t.test('if Synapse has no registration the rest is done', async t => {
    own(`${patient}registration_shared_secret: null\n`)
    const { code, stderr } = await cook([], given)
    t.equal(code, 69)
    t.match(stderr, `account ${id} could not be created: Synapse has no regis`)
    t.ok(existsSync(jail.path('/var/db/cook/last.json')))
    t.equal((await cook(['plan'], given)).code, 2)
    own(patient)
  })

  await t.test('ADMINPASS is its password, without admin-password', async t => {
    const { code: before } = await cook(['--no-start'], { ADMINUSER: 'boss' })
    t.equal(before, 0)
    t.ok(existsSync(at('admin-password')), 'one that was generated before')
    const { code, stdout, stderr } = await cook([], given)
    t.equal(code, 0, stderr)
    t.match(
      stdout,
      `created the administrator ${id}; its password is that of ADMINPASS`,
    )
    t.notOk(stdout.includes(password.trim()))
    t.notOk(existsSync(at('admin-password')))
    const { status, access_token } = await logIn(setting, 'boss', password)
    t.equal(status, 200)
    t.equal(await isAdmin(setting, 'boss', access_token), true)
  })

  await t.test('a name that is taken keeps its owner', async t => {
    rmSync(at('admin-user'))
    const { code, stderr } = await cook([], { ...given, ADMINPASS: 'other' })
    t.equal(code, 0)
    t.match(stderr, `warning: the name ${id} is taken`)
    t.equal((await logIn(setting, 'boss', password)).status, 200)
    t.equal((await logIn(setting, 'boss', 'other')).status, 403)
    const again = await cook([], { ...given, ADMINPASS: 'other' })
    t.match(again.stdout, /nothing to do/)
    t.equal(again.stderr, '', 'it is told once')
  })

  await t.test(
    'nobody logs in by password, and still it is theirs',
    async t => {
      rmSync(at('admin-user'))
      own(`${patient}password_config:\n  enabled: false\n`)
      const { code, stderr } = await cook([], given)
      t.equal(code, 0)
      t.match(stderr, `warning: the name ${id} is taken`)
      t.match((await cook([], given)).stdout, /nothing to do/)
      own(patient)
      t.equal((await cook([], given)).code, 0)
    },
  )

  await t.test('a data set without its database is refused', async t => {
    const database = jail.path(
      '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db',
    )
    renameSync(database, `${database}.lost`)
    const { code, stderr } = await cook([], given)
    t.equal(code, 78)
    t.match(stderr, /homeserver\.db: is missing or empty, but \S+ shows that/)
    renameSync(`${database}.lost`, database)
    t.match((await cook([], given)).stdout, /nothing to do/)
  })

  await t.test('an existing account without its rights is refused', async t => {
    const env = environment()
    await jail.exec(['cook', 'user', 'eve'], { env, input: 'same\n' })
    rmSync(at('admin-user'))
    const eve = { ADMINUSER: 'eve', ADMINPASS: 'same' }
    const { code, stderr } = await cook([], eve)
    t.equal(code, 0)
    t.match(stderr, `warning: the name @eve:${domain} is taken`)
    const { access_token } = await logIn(setting, 'eve', 'same')
    t.equal(await isAdmin(setting, 'eve', access_token), 403)
  })
}
