import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { driftLine, drifts, serviceDrifts } from '../../lib/engine/drifts.ts'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { withStart } from '../../lib/engine/record/noting.ts'
import { readingOf } from '../../lib/engine/record/reader.ts'
import { readingsStep } from '../../lib/engine/record/readings.ts'
import { mendNow } from '../../lib/engine/steps/file.ts'
import type { FileStep } from '../../lib/engine/steps/step.ts'
import { aProcess, serviceStep, write } from '../small/service-step.ts'
import { smallJail } from '../small/small-jail.ts'

const access = { owner: 'root', group: 'wheel' }

const file = (path: string, content: string): FileStep => ({
  kind: 'file',
  path,
  content,
  ...access,
  mode: 0o644,
})

const service = serviceStep([])

const wanted = (text: string): Plan => ({
  first: [],
  steps: [
    { kind: 'dir', path: '/srv', ...access, mode: 0o755 },
    file('/srv/other', 'other'),
    file(paths.homeserver, text),
    {
      kind: 'user',
      name: 'control',
      comment: '',
      home: '/home',
      shell: '/bin/sh',
      groups: [],
    },
    { kind: 'rcvar', name: 'synapse_enable', value: 'YES' },
  ],
  services: [service],
  accounts: [],
  record: [file('/srv/record', 'record')],
  ledger: { old: {}, next: {} },
  faults: [],
  moves: [],
})

const lines = async (host: Host, plan: Plan, starts = true) =>
  (await drifts(plan, { host, starts })).map(driftLine)

const inOrder = async (t: Test): Promise<Host> => {
  const { pid } = await aProcess(t)
  const host = smallJail(t, {
    '/etc/passwd': 'root:*:0:0\ncontrol:*:1:1::/home:/bin/sh\n',
    '/etc/rc.conf': 'synapse_enable="YES"\n',
    '/srv/other': 'other',
    '/srv/record': 'record',
    [paths.homeserver]: 'config',
  })
  write(host, paths.pidFile, String(pid))
  const read = readingOf(host, service)
  await mendNow(readingsStep(withStart(host, service, read, 0)), host)
  return host
}

t.test('nothing drifts if everything is as it should be', async t => {
  t.same(await lines(await inOrder(t), wanted('config')), [])
})

t.test('every kind of drift is found, in the order of the plan', async t => {
  const host = smallJail(t)
  t.same(await lines(host, wanted('config')), [
    'dir /srv is missing',
    'file /srv/other is missing',
    `file ${paths.homeserver} is missing`,
    'user control is missing',
    'rcvar synapse_enable is not YES',
    'service synapse is not running',
    'file /srv/record is missing',
  ])
  t.notMatch((await lines(host, wanted('config'), false)).join(), 'service')
})

t.test('a service drifts if a file that it reads will change', async t => {
  const host = await inOrder(t)
  t.same(await lines(host, wanted('new')), [
    `file ${paths.homeserver} has different content`,
    `service synapse must read ${paths.homeserver} again`,
  ])
  rmSync(join(host.root, paths.homeserver))
  t.match(await lines(host, wanted('new')), [
    `file ${paths.homeserver} is missing`,
    /^service synapse must read/,
  ])
})

t.test('what others have changed is noted, if nothing else is due', async t => {
  const host = await inOrder(t)
  const plan = {
    ...wanted('config'),
    services: [{ ...service, reads: [paths.homeserver, '/srv/supplied'] }],
  }
  write(host, '/srv/supplied', 'new')
  t.same(await lines(host, plan, false), [
    `file ${paths.readings} is not up to date`,
  ])
  t.same(await lines(host, plan), [
    'service synapse was started before /srv/supplied changed',
  ])
})

t.test('files that it does not read have no influence', async t => {
  const host = await inOrder(t)
  writeFileSync(join(host.root, '/srv/other'), 'changed')
  t.same(await lines(host, wanted('config')), [
    'file /srv/other has different content',
  ])
})

t.test('the state of the service is reported before such a file', async t => {
  const host = smallJail(t)
  const [drift] = await serviceDrifts([service], host, [paths.homeserver])
  t.equal(drift?.reason, 'is not running')
})
