import t from 'tap'
import type { Stat } from '../../../lib/host/look.ts'
import { judgeMount } from '../../../lib/engine/data-set/judge-mount.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { renderRecord } from '../../../lib/engine/record/record.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { params } from '../../small/given.ts'
import { hostIn } from '../../small/host-in.ts'

const { domain } = params({})

t.test('a data set that is not mounted is reported', async t => {
  const real = hostIn(t, { '/mnt/matrixdata/x': '' })
  const told = (
    devices: Readonly<Record<string, number>>,
    { live = true, mounts = '', record = '' } = {},
  ) => {
    const look = (path: string): Stat | undefined =>
      path in devices ? { ...real.look('/')!, dev: devices[path]! } : undefined
    const text = (path: string): string | undefined =>
      ({ [`/proc/${real.pid}/mountinfo`]: mounts, [paths.record]: record })[
        path
      ]
    const report = newReport()
    judgeMount({ ...real, look, text, live }, { domain }, report)
    return report.faults.map(renderFault)
  }
  const warning = [
    /^warning: \/mnt: is not a mount point, so .* pot mount-in -m \/mnt$/,
  ]
  t.match(told({ '/': 1 }), warning)
  t.match(told({ '/': 1, '/mnt': 1 }), warning)
  t.match(told({ '/': 1, '/mnt': 1, '/mnt/matrixdata': 1 }), warning)
  t.same(told({ '/': 1, '/mnt': 2 }), [])
  t.same(told({ '/': 1, '/mnt': 2, '/mnt/matrixdata': 2 }), [])
  t.same(told({ '/': 1, '/mnt': 1, '/mnt/matrixdata': 2 }), [])
  t.same(
    told({ '/': 1 }, { live: false }),
    [],
    'below a root the data set is not checked',
  )
  const mounts = '36 35 98:0 /a / rw - ext3 /dev/a rw\n'
  t.match(told({ '/': 1, '/mnt': 1 }, { mounts }), warning)
  const beside = `${mounts}37 36 98:0 /mnt /mnt2 rw - ext3 /mnt rw\n`
  t.match(told({ '/': 1, '/mnt': 1 }, { mounts: beside }), warning)
  const volume = `${mounts}37 36 98:0 /b /mnt rw - ext3 /dev/a rw\n`
  t.same(told({ '/': 1, '/mnt': 1 }, { mounts: volume }), [])

  const recordOf = (domain: string): string =>
    renderRecord({ cook: '0.1.0', domain, services: {} })
  t.match(told({ '/': 1 }, { record: recordOf('example.com') }), warning)
  const other = { record: recordOf('other.example') }
  t.match(told({ '/': 1 }, other), [
    /^error: \/mnt: is not a mount point, and this jail was other\.example \(.*last/,
  ])
  t.same(
    told({ '/': 1, '/mnt': 2 }, other),
    [],
    'a mounted data set is not an error',
  )
})
