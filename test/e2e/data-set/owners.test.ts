// Files that Synapse must write and that root owns, because somebody has run
// Synapse as root.

import { chownSync, existsSync, lstatSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { settle, whyNot } from '../setting.ts'

const why = whyNot('bundle')
const plain = { NOSSL: 'yes' }

const database = '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db'
const log = '/var/log/matrix-synapse/homeserver.log'
const pidFile = '/var/run/matrix-synapse/homeserver.pid'

const test = async (t: Test): Promise<void> => {
  const { jail, cook } = await settle(t, 'bundle')
  t.equal((await cook([], plain)).code, 0)
  const { uid, gid } = lstatSync(jail.path(log))

  for (const [what, path, mode] of [
    ['the log', log, '0644'],
    ['the pid file', pidFile, '0644'],
    ['the directory of the pid file', dirname(pidFile), '0755'],
    ['the database', database, '0644'],
    ["the database's -wal", `${database}-wal`, '0644'],
  ] as const) {
    await t.test(`${what} is root's: 69 names it, and what to do`, async t => {
      await jail.exec(['service', 'synapse', 'onestop'])
      if (!existsSync(jail.path(path))) {
        writeFileSync(jail.path(path), '')
      }
      await jail.exec(['chmod', mode, path])
      chownSync(jail.path(path), 0, 0)
      const { code, stderr } = await cook([], plain)
      t.equal(code, 69)
      const type = path.endsWith('-synapse') ? 'directory' : 'file'
      const folder = type === 'directory' ? path : dirname(path)
      t.match(
        stderr,
        `${path}: synapse cannot write this ${type} (owner root, mode ` +
          `${mode}): stop Synapse and run chown -R synapse:synapse ${folder}`,
      )
      t.match(stderr, `warning: ${folder}: `, 'and before the start')
      await jail.exec(['chown', '-R', `${uid}:${gid}`, folder])
      const again = await cook([], plain)
      t.equal(again.code, 0, again.stderr)
      t.notMatch(again.stderr, folder)
    })
  }

  for (const [what, path, told] of [
    ['a rotated log', `${log}.1`, 'contains "homeserver.log.1", which'],
    [
      "the database's -journal",
      `${database}-journal`,
      'contains "matrix_homeserver.db-journal", which',
    ],
    [
      'the directory of the log',
      dirname(log),
      'does not belong to synapse, which writes in this directory',
    ],
  ] as const) {
    await t.test(
      `${what} is root's: Synapse goes on, with a warning`,
      async t => {
        const folder = path === dirname(log) ? path : dirname(path)
        if (!existsSync(jail.path(path))) {
          writeFileSync(jail.path(path), '')
        }
        chownSync(jail.path(path), 0, 0)
        const { code, stderr } = await cook([], plain)
        t.equal(code, 0, stderr)
        t.match(stderr, `warning: ${folder}: ${told}`)
        await jail.exec(['chown', '-R', `${uid}:${gid}`, folder])
      },
    )
  }
}

await (why ? t.plan(0, why) : t.test('files of root', test))
