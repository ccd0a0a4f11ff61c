// The programs of Synapse, as they are installed.

import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { dailyOf } from '../../../../../lib/engine/doctor/daily.ts'
import { examine } from '../../../../../lib/engine/doctor/examine.ts'
import type { Host } from '../../../../../lib/host/host.ts'
import {
  packagesLook,
  programsLook,
  securityReleases,
} from '../../../../../lib/services/synapse/looks/local/programs.ts'
import { newestSynapse } from '../../../../../lib/services/synapse/overlays/synapse-keys.ts'
import { paths } from '../../../../../lib/contract/paths.ts'
import { at, hostIn } from '../../../../small/host-in.ts'

const now = () => new Date('2026-12-01T12:00:00Z')
const python = '/usr/local/bin/python3.11'
const packages = '/usr/local/lib/python3.11/site-packages'

const installed = (t: Test, version: string, more = {}): Host => {
  const host = hostIn(t, {
    [paths.synapseScript]: `command="${python}"\n`,
    [python]: '',
    [`${packages}/matrix_synapse-${version}.dist-info/METADATA`]: '',
    ...more,
  })
  chmodSync(at(host, python), 0o755)
  return host
}

const found = async (host: Host) =>
  (await examine([programsLook], { host, now })).wrong

t.test('Synapse below the last security release is named', async t => {
  for (const version of ['1.157.2', '1.157.10', '1.158.0', '1.163.2']) {
    t.same(await found(installed(t, version)), [], version)
  }
  for (const version of ['1.116.0', '1.157.1', '1.157.0rc1', '1.99.0']) {
    t.match(await found(installed(t, version)), [
      {
        finding: 'synapse-insecure',
        says: `Synapse ${version} is installed, but 1.157.2 of 2026-07-28 is a`,
      },
    ])
  }
})

t.test('the table of security releases is in order', async t => {
  const dates = securityReleases.map(({ date }) => date)
  t.same(dates, dates.toSorted())
  const minor = (text: string): number => Number(text.split('.')[1])
  const minors = securityReleases.map(({ version }) => minor(version))
  t.same(
    minors,
    minors.toSorted((a, b) => a - b),
  )
  t.ok(minors.every(each => each <= minor(newestSynapse)))
})

t.test('a Python that is not there is named', async t => {
  const host = installed(t, '1.163.2')
  chmodSync(at(host, python), 0o644)
  t.match(await found(host), [{ says: /python3.11, which is no program$/ }])
  for (const [command, says] of [
    ['command="/usr/local/bin/python3.12"', /python3.12, which is not there$/],
    ['command=synapse', /^\/usr\/local\/etc\/rc.d\/synapse names no Python$/],
  ] as const) {
    const files = { [paths.synapseScript]: `${command}\n` }
    const wrong = await found(installed(t, '1.163.2', files))
    t.match(wrong, [{ finding: 'python-missing', says }])
  }
})

/** Looks for packages. @returns also how often Python was asked */
const packagesOf = async (
  t: Test,
  said: string,
  { isNow = false, noted = undefined as unknown, late = false } = {},
) => {
  let asked = 0
  const host: Host = {
    ...installed(t, '1.163.2'),
    run: async () => {
      asked++
      return { code: said === '' ? 0 : 1, stdout: said, stderr: '', late }
    },
  }
  const notes =
    noted === undefined ? {} : { packages: { at: now(), value: noted } }
  const daily = dailyOf({ findings: [], notes }, isNow, now)
  const look = packagesLook(async () => undefined)
  const { wrong, unseen } = await examine([look], { host, now, daily })
  return { wrong, unseen, asked, notes: daily.notes() }
}

const lack = "cannot import sqlite3: No module named '_sqlite3'"

t.test('the daily run asks for packages, and notes what it hears', async t => {
  const bad = await packagesOf(t, lack, { isNow: true })
  t.match(bad.wrong, [{ finding: 'packages-missing', says: /py311-sqlite3/ }])
  t.match(bad.notes, { packages: { value: [/py311-sqlite3/] } })
  const good = await packagesOf(t, '', { isNow: true })
  t.match(good, { wrong: [], unseen: [], asked: 1 })
  t.match(good.notes, { packages: { value: [] } })
})

t.test('other runs ask again only if something was missing', async t => {
  t.match(await packagesOf(t, lack), { wrong: [], asked: 0 })
  t.match(await packagesOf(t, lack, { noted: [] }), { wrong: [], asked: 0 })
  t.match(await packagesOf(t, '', { noted: ['x'] }), { wrong: [], asked: 1 })
  const still = await packagesOf(t, lack, { noted: ['x'] })
  t.match(still, { wrong: [{ finding: 'packages-missing' }], asked: 1 })
})

t.test('a Python that does not answer is unseen', async t => {
  const late = await packagesOf(t, 'x', { isNow: true, late: true })
  t.match(late, { wrong: [], unseen: [{ unseen: ['packages-missing'] }] })
  t.notOk('packages' in late.notes)
})
