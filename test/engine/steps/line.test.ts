import {
  chmodSync,
  chownSync,
  readFileSync,
  statSync,
  utimesSync,
} from 'node:fs'
import t, { type Test } from 'tap'
import type { Host } from '../../../lib/host/host.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { LineStep } from '../../../lib/engine/steps/step.ts'
import { changesContent, drift, mend } from '../../../lib/engine/steps/line.ts'
import { hostIn, whyNotRoot } from '../../small/host-in.ts'

const path = '/etc/x/config'
const line = { kind: 'line', path, line: 'Include y' } as const
const first: LineStep = { ...line, place: 'first' }
const nowhere: LineStep = { ...line, place: 'nowhere' }

const mended = async (step: LineStep, host: Host): Promise<string> => {
  const stage = newStage(host)
  mend(step, host, stage)
  await stage.commit()
  stage.finish()
  return readFileSync(`${host.root}${path}`, 'utf8')
}

const at = (t: Test, text: string): Host => hostIn(t, { [path]: text })

t.test('if the line is in its place nothing is done', async t => {
  for (const text of [
    'Include y\nPort 22\n',
    '# comment\n\n  # another\n\tInclude y  \nPort 22\n',
    'Include y',
  ]) {
    const host = at(t, text)
    t.equal(drift(first, host), undefined, text)
    t.equal(changesContent(first, host), false)
    utimesSync(`${host.root}${path}`, 1, 1)
    t.equal(await mended(first, host), text)
    t.equal(statSync(`${host.root}${path}`).mtimeMs, 1000)
  }
  for (const text of ['', 'Port 22\n', '# Include y\n', 'Include y z\n']) {
    t.equal(drift(nowhere, at(t, text)), undefined, text)
  }
  t.equal(drift(nowhere, hostIn(t, {})), undefined)
})

t.test('the line becomes the first, and the rest stays', async t => {
  for (const [before, after] of [
    ['', 'Include y\n'],
    ['Port 22', 'Include y\nPort 22'],
    ['# a\n\nPort 22\r\n', 'Include y\n# a\n\nPort 22\r\n'],
    ['Port 22\nInclude y\n', 'Include y\nPort 22\n'],
    ['Match all\n\tInclude y\n', 'Include y\nMatch all\n'],
  ] as const) {
    const host = at(t, before)
    t.equal(drift(first, host), 'does not begin with Include y', before)
    t.equal(await mended(first, host), after)
    t.equal(drift(first, host), undefined)
  }
})

t.test('the line is removed without a trace', async t => {
  for (const text of ['', 'Port 22', '# a\n\nPort 22\r\n', '\n\n']) {
    const host = at(t, text)
    await mended(first, host)
    t.equal(drift(nowhere, host), 'still contains Include y')
    t.equal(changesContent(nowhere, host), true)
    t.equal(await mended(nowhere, host), text)
    t.equal(drift(nowhere, host), undefined)
  }
})

t.test('a missing file is created', async t => {
  const host = hostIn(t, {})
  t.equal(drift(first, host), 'does not begin with Include y')
  t.equal(await mended(first, host), 'Include y\n')
  t.equal(statSync(`${host.root}${path}`).mode & 0o777, 0o644)
})

t.test('the file keeps its mode', async t => {
  const host = at(t, 'Port 22\n')
  chmodSync(`${host.root}${path}`, 0o600)
  await mended(first, host)
  t.equal(statSync(`${host.root}${path}`).mode & 0o777, 0o600)
})

t.test('the file keeps its owner', { skip: whyNotRoot }, async t => {
  const host = at(t, 'Port 22\n')
  chownSync(`${host.root}${path}`, 1234, 5678)
  await mended(first, host)
  t.match(statSync(`${host.root}${path}`), { uid: 1234, gid: 5678 })
})

t.test('leftovers of an interrupted run are removed', async t => {
  const host = hostIn(t, {
    [path]: 'Include y\n',
    '/etc/x/.config.0123456789ab.cook': 'Port 22\n',
    '/etc/x/.config.other': '',
  })
  t.match(drift(first, host), /leftovers of an interrupted run/)
  t.equal(changesContent(first, host), false)
  t.equal(await mended(first, host), 'Include y\n')
  t.same(host.list('/etc/x'), ['.config.other', 'config'])
  t.equal(drift(first, host), undefined)
})
