// A database that Synapse could not finish, and others that it cannot use.

import { readdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import { findSynapse } from '../../jail/synapse.ts'
import { domain, settle, whyNot, type Setting } from '../setting.ts'

const why = whyNot('bundle')
const plain = { NOSSL: 'yes' }
const folder = '/mnt/matrixdata/matrix-synapse'
const database = `${folder}/matrix_homeserver.db`

/** The same as `folder` and `database`, outside. */
const outside = ({ jail }: Setting) => jail.path(folder)

/** Runs Python in the jail as the user synapse. */
const python = async ({ jail }: Setting, script: string): Promise<string> => {
  const argv = [`/usr/local/bin/${findSynapse().python}`, '-c', script]
  const { code, stdout, stderr } = await jail.exec(argv, { user: 'synapse' })
  if (code !== 0) {
    throw new Error(stderr)
  }
  return stdout
}

const opened = `import sqlite3, os
db = sqlite3.connect('${database}', isolation_level=None)
`

/** The first half of Synapse's own schema, as a kill leaves it. */
const half = `${opened}
import glob, synapse.storage.schema as schema
at = os.path.dirname(schema.__file__)
for path in glob.glob(at + '/*/full_schemas/*/full.sql.sqlite'):
    parts = open(path).read().split(';')
    db.executescript(';'.join(parts[:len(parts) // 2]) + ';')
`

/** Tables in a -wal alone, by a process that was killed. */
const killed = `${opened}
db.execute('pragma journal_mode = wal')
db.execute('create table background_updates(x)')
os._exit(0)
`

const one = `${opened}db.execute('create table background_updates(x)')\n`

/** A jail whose data set has such a database before Synapse first starts. */
const prepared = async (t: Test, script: string): Promise<Setting> => {
  const setting = await settle(t, 'bundle')
  const { code, stderr } = await setting.cook(['--no-start'], plain)
  t.equal(code, 0, stderr)
  await python(setting, script)
  return setting
}

/**
 * The files of the database, and what is in it.
 */
const content = async (setting: Setting): Promise<string[]> => {
  const dump = await python(
    setting,
    `${opened}
try:
    print('\\n'.join(db.iterdump()))
except sqlite3.DatabaseError:
    print(open('${database}').read())
`,
  )
  const names = readdirSync(outside(setting))
  return [
    ...names.filter(name => !/-(wal|shm)$/.test(name)),
    ...dump.split('\n'),
  ]
}

/** Synapse adds tables to it before it fails; cook takes nothing away. */
const isKept = async (t: Test, setting: Setting, before: string[]) => {
  const after = await content(setting)
  t.strictSame(
    before.filter(line => !after.includes(line)),
    [],
  )
  t.notMatch(after.join(), /half-made/)
}

const healthy = async (t: Test, setting: Setting): Promise<void> => {
  const input = 's3cr3t\n'
  const made = await setting.jail.exec(['cook', 'user', 'alice'], { input })
  t.equal(made.stdout, `@alice:${domain}\n`, made.stderr)
  t.equal((await setting.cook(['plan'], plain)).code, 0)
}

const test = async (): Promise<void> => {
  for (const [what, script] of [
    ['one table', one],
    ['half of the schema', half],
    ['a table in the -wal alone', killed],
  ] as const) {
    await t.test(`${what} without an account: it is made anew`, async t => {
      const setting = await prepared(t, script)
      const { code, stderr } = await setting.cook([], plain)
      t.equal(code, 0, stderr)
      t.match(stderr, `${database}: was left incomplete`)
      const aside = readdirSync(outside(setting)).filter(name =>
        /\.half-made-\d{8}T\d{6}Z$/.test(name),
      )
      t.equal(aside.length, 1, 'the old one is kept')
      await healthy(t, setting)
    })
  }

  for (const [what, script, told] of [
    [
      'an account',
      `${one}db.execute('create table users(name)')
db.execute("insert into users values ('@alice:${domain}')")\n`,
      'it has 1 account, so cook does not replace it: restore it',
    ],
    [
      'a message',
      `${one}db.execute('create table events(x)')
db.execute('insert into events values (1)')\n`,
      'its table events is not empty, so cook does not replace it: restore it',
    ],
    [
      'no SQLite in it',
      `open('${database}', 'w').write('not a database ' * 1000)`,
      'is damaged (DatabaseError: file is not a database): restore it',
    ],
  ] as const) {
    await t.test(`a database with ${what} is named and kept`, async t => {
      const setting = await prepared(t, script)
      const before = await content(setting)
      for (const args of [[], ['--quiet']]) {
        const { code, stderr } = await setting.cook(args, plain)
        t.equal(code, 69)
        t.match(stderr, database)
        t.match(stderr, told)
      }
      await isKept(t, setting, before)
    })
  }

  await t.test('what shows another database keeps this one', async t => {
    const setting = await prepared(t, one)
    const { jail, cook } = setting
    const trace = '/mnt/matrixdata/cook/admin-user'
    writeFileSync(jail.path(trace), `@boss:${domain}\n`, { mode: 0o600 })
    const before = await content(setting)
    const { code, stderr } = await cook([], plain)
    t.equal(code, 69)
    t.match(stderr, `${trace} shows that the data set had another one`)
    await isKept(t, setting, before)
  })

  await t.test('cook status names it and does not change it', async t => {
    const setting = await settle(t, 'bundle')
    const { jail, cook } = setting
    t.equal((await cook([], plain)).code, 0)
    await jail.exec(['service', 'synapse', 'onestop'])
    for (const name of readdirSync(outside(setting))) {
      await jail.exec(['rm', `${folder}/${name}`])
    }
    await python(setting, one)
    await jail.exec(['service', 'synapse', 'start'])
    const before = await content(setting)
    const { code, stderr } = await cook(['status'])
    t.equal(code, 69)
    t.match(stderr, `${database}: was left incomplete`)
    t.match(stderr, /run cook to create it anew/)
    await isKept(t, setting, before)
    t.equal((await cook([], plain)).code, 0)
    await healthy(t, setting)
  })
}

await (why ? t.plan(0, why) : test())
