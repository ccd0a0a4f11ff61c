import t from 'tap'
import { judgeDatabase } from '../../../../lib/services/synapse/database/judge-database.ts'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { hostIn } from '../../../small/host-in.ts'

const data = '/mnt/matrixdata'
const database = `${data}/matrix-synapse/matrix_homeserver.db`
const media = `${data}/media_store/local_content`

t.test('a lost database is an error and not created again', async t => {
  for (const [files, trace] of [
    [{}, undefined],
    [{ [database]: '' }, undefined],
    [{ [`${data}/cook/params.env`]: '' }, undefined],
    [{ [database]: 'SQLite', [`${media}/ab/cd`]: '' }, undefined],
    [{ [`${media}/ab/cd`]: '' }, media],
    [{ [database]: '', [`${media}/ab/cd`]: '' }, media],
    [
      { [`${data}/cook/admin-user`]: '@boss:example.com\n' },
      `${data}/cook/admin-user`,
    ],
    [
      { [`${data}/cook/service-account.json`]: '{}' },
      `${data}/cook/service-account.json`,
    ],
  ] as const) {
    const report = newReport()
    judgeDatabase(hostIn(t, files), report)
    t.same(
      report.faults.map(renderFault),
      trace === undefined
        ? []
        : [
            `error: ${database}: is missing or empty, but ${trace} shows ` +
              'that the data set had one: restore it from a backup, or remove ' +
              `${trace} to start over`,
          ],
    )
  }
})
