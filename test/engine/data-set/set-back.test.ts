import { renameSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import { dataMark, jailMark } from '../../../lib/contract/paths.ts'
import type { Host } from '../../../lib/host/host.ts'
import {
  forgetMark,
  isAtRest,
  isContinuous,
  noteStart,
  noteStop,
  settle,
  type Careful,
} from '../../../lib/engine/data-set/set-back.ts'
import { at, hostIn } from '../../small/host-in.ts'

const data = '/mnt/matrixdata/some/database'

/** A service in a jail, and how often its data were taken for an older state. */
const careful = (t: Test, files: Record<string, string> = {}) => {
  const host = hostIn(t, { '/mnt/matrixdata/some/other': '', ...files })
  let times = 0
  const service: Careful = {
    name: 'some',
    once: {
      files: [data, `${data}-wal`],
      forget: async () => `${++times}`,
    },
  }
  return { host, service, times: () => times }
}

const change = (host: Host, path: string, text: string): void =>
  writeFileSync(at(host, path), text)

/** With data, and as its first start and a stop leave it. */
const stopped = async (t: Test) => {
  const all = careful(t)
  const { host, service } = all
  await settle(host, service)
  await noteStart(host, service)
  change(host, data, 'used')
  await noteStop(host, service)
  return all
}

t.test('new data were not set back', async t => {
  const { host, service, times } = careful(t)
  t.notOk(isContinuous(host, service))
  t.equal(await settle(host, service), undefined)
  t.ok(isAtRest(host, service))
  t.equal(times(), 0)
})

t.test('data in a new jail may have been set back', async t => {
  const { host, service, times } = careful(t, { [data]: 'x' })
  t.equal(await settle(host, service), '1')
  t.ok(isAtRest(host, service))
  t.equal(await settle(host, service), undefined, 'only once')
  const elsewhere = await stopped(t)
  forgetMark(elsewhere.host, service)
  await settle(elsewhere.host, elsewhere.service)
  t.equal(elsewhere.times(), 1)
  t.equal(times(), 1)
})

t.test('after a stop by cook nothing was set back', async t => {
  const { host, service, times } = await stopped(t)
  t.ok(isAtRest(host, service))
  await settle(host, service)
  t.equal(times(), 0)
})

t.test('a service that ended by itself may have been set back', async t => {
  const { host, service, times } = await stopped(t)
  await noteStart(host, service)
  t.ok(isContinuous(host, service), 'while it runs')
  t.notOk(isAtRest(host, service), 'although the data are the same')
  await settle(host, service)
  t.equal(times(), 1)
})

t.test('a data set that was rolled back has an older mark', async t => {
  const { host, service, times } = await stopped(t)
  const older = host.text(dataMark('some'))!
  await noteStart(host, service)
  await noteStop(host, service)
  change(host, dataMark('some'), older)
  t.notOk(isContinuous(host, service))
  await noteStop(host, service)
  t.notOk(isContinuous(host, service), 'a stop does not hide it')
  await settle(host, service)
  t.equal(times(), 1)
})

t.test('data that changed while the service was down are noticed', async t => {
  const changes: Record<string, (host: Host) => void> = {
    'other text': host => change(host, data, 'older'),
    'another file with the same text': host => {
      change(host, `${data}.copy`, 'used')
      renameSync(at(host, `${data}.copy`), at(host, data))
    },
    'a log beside it': host => change(host, `${data}-wal`, 'more'),
  }
  for (const [name, make] of Object.entries(changes)) {
    await t.test(name, async t => {
      const { host, service, times } = await stopped(t)
      make(host)
      t.notOk(isAtRest(host, service))
      await settle(host, service)
      t.equal(times(), 1)
    })
  }
})

t.test('nothing is proved by a mark that is empty or missing', async t => {
  for (const text of ['', '\n', '\nx\n']) {
    const { host, service } = await stopped(t)
    change(host, dataMark('some'), text)
    change(host, jailMark('some'), text)
    t.notOk(isContinuous(host, service), JSON.stringify(text))
  }
})

t.test('what could not be removed is tried again', async t => {
  const { host, service, times } = careful(t, { [data]: 'x' })
  const forget = () => Promise.reject(new Error('no'))
  const broken = { ...service, once: { ...service.once, forget } }
  await t.rejects(settle(host, broken), { message: 'no' })
  t.notOk(isContinuous(host, service))
  await settle(host, service)
  t.equal(times(), 1)
})
