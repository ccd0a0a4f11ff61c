import { lchownSync } from 'node:fs'
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

t.test('without a user synapse there is no warning', async t => {
  const host = hostIn(t, { [`${media}/local_content/x`]: '' })
  const report = newReport()
  judgeOwners(host, report)
  t.same(report.faults, [])
})
