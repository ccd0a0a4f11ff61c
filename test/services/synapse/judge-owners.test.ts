import { chmodSync, lchownSync, lstatSync } from 'node:fs'
import t from 'tap'
import { judgeOwners } from '../../../lib/services/synapse/judge-owners.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import {
  accounts,
  at,
  hostIn,
  synapse,
  whyNotRoot,
} from '../../small/host-in.ts'

const database = '/mnt/matrixdata/matrix-synapse'
const media = '/mnt/matrixdata/media_store'

t.test(
  'what Synapse could not write is told',
  { skip: whyNotRoot },
  async t => {
    const files = {
      ...accounts,
      [`${database}/matrix_homeserver.db`]: 'SQLite',
      [`${media}/.snap`]: '',
      [`${media}/local_content/x`]: '',
    }
    const told = (...foreign: string[]): string[] => {
      const host = hostIn(t, files)
      for (const path of [
        `${database}/matrix_homeserver.db`,
        `${media}/local_content`,
      ]) {
        const uid = foreign.includes(path) ? 1234 : synapse.uid
        lchownSync(at(host, path), uid, synapse.gid)
      }
      const report = newReport()
      judgeOwners(host, report)
      return report.faults.map(renderFault)
    }
    const warning = (folder: string, name: string): string =>
      `warning: ${folder}: contains "${name}", which synapse does not own: ` +
      `stop Synapse and run chown -R synapse:synapse ${folder}`
    t.same(told(), [])
    t.same(told(`${database}/matrix_homeserver.db`), [
      warning(database, 'matrix_homeserver.db'),
    ])
    t.same(told(`${media}/local_content`), [warning(media, 'local_content')])
  },
)

t.test(
  'its log and its pid file are named too, and only those',
  { skip: whyNotRoot },
  async t => {
    const logs = '/var/log/matrix-synapse'
    const run = '/var/run/matrix-synapse'
    const log = `${logs}/homeserver.log`
    const foreign = [`${logs}/homeserver.log.old`, `${logs}/x`, `${run}/x`]
    const own = [log, `${log}.1`, `${run}/homeserver.pid`, logs, run]
    const host = hostIn(t, {
      ...accounts,
      ...Object.fromEntries(
        [...foreign, ...own.slice(0, 3)].map(path => [path, '']),
      ),
    })
    const told = (path: string): string[] => {
      own.forEach(each => lchownSync(at(host, each), synapse.uid, 0))
      path === '' || lchownSync(at(host, path), 0, 0)
      const report = newReport()
      judgeOwners(host, report)
      return report.faults.map(renderFault)
    }
    foreign.forEach(path => lchownSync(at(host, path), 0, 0))
    t.same(told(''), [])
    for (const [path, folder, words] of [
      [log, logs, 'contains "homeserver.log", which synapse does not own'],
      [`${log}.1`, logs, 'contains "homeserver.log.1", which synapse does'],
      [`${run}/homeserver.pid`, run, 'contains "homeserver.pid", which'],
      [logs, logs, 'does not belong to synapse, which writes in this'],
      [run, run, 'does not belong to synapse, which writes in this directory'],
    ] as const) {
      const [first, ...rest] = told(path)
      t.match(first, `warning: ${folder}: ${words}`)
      t.match(first, `run chown -R synapse:synapse ${folder}`)
      t.same(rest, [])
    }
    for (const [path, folder, mode, words] of [
      [
        log,
        logs,
        0o444,
        'contains "homeserver.log", which synapse cannot write',
      ],
      [run, run, 0o555, 'has mode 0555, so synapse cannot write in this'],
    ] as const) {
      const before = lstatSync(at(host, path)).mode
      chmodSync(at(host, path), mode)
      const [first, ...rest] = told('')
      t.match(first, `warning: ${folder}: ${words}`)
      t.match(first, `run chmod u+rwX ${path}`)
      t.same(rest, [])
      chmodSync(at(host, path), before)
    }
  },
)

t.test('without a user synapse there is no warning', async t => {
  const host = hostIn(t, { [`${media}/local_content/x`]: '' })
  const report = newReport()
  judgeOwners(host, report)
  t.same(report.faults, [])
})
