import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { newLog } from '../../../lib/host/log/log.ts'
import { newReport } from '../../../lib/contract/report.ts'
import { until } from '../../support/until.ts'

const time = '2026-01-01T00:00:00.000Z'

/** A log, and what it wrote where. */
const logging = (
  options: {
    json?: boolean
    quiet?: boolean
    terminal?: boolean
    isFull?: boolean
  } = {},
) => {
  const written = { out: '', err: '', kept: '' }
  const { json = false, quiet = false, terminal = false } = options
  const { isFull = false } = options
  const log = newLog(
    {
      out: text => (written.out += text),
      err: text => (written.err += text),
      isFull: () => isFull,
      terminal,
    },
    { json, quiet, now: () => new Date(time) },
  )
  const keep = () => log.keep(lines => (written.kept += lines))
  return { log, written, keep }
}

const objects = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

t.test('lines for people', async t => {
  const { log, written } = logging()
  log.info('made')
  log.done('mended')
  log.item('asked for', { fact: 1 })
  log.print('a table\n')
  log.warning('doubtful')
  log.error('wrong', ['line 1', 'line 2'])
  log.result({ exit: exit.ok })
  t.equal(written.out, `${time} made\n${time} mended\nasked for\na table\n`)
  t.equal(written.err, 'warning: doubtful\nerror: wrong\n  line 1\n  line 2\n')
})

t.test('what is not known to be free of secrets is not shown', async t => {
  const { log, written } = logging()
  log.hide(() => {
    throw new Error('a defect')
  })
  log.error('wrong', ['a password'])
  t.equal(written.err, 'error: «hidden»\n  «hidden»\n')
})

t.test('on a terminal without a time', async t => {
  const { log, written, keep } = logging({ terminal: true })
  log.info('made')
  log.done('mended')
  keep()
  t.equal(written.out, 'made\n✓ mended\n')
  t.equal(written.kept, `${time} info: made\n${time} info: mended\n`)
})

t.test('quiet: only what is wrong, and what was asked for', async t => {
  const { log, written } = logging({ quiet: true })
  log.info('made')
  log.done('mended')
  log.item('item', {})
  t.same(written, { out: '', err: '', kept: '' })
  log.warning('doubtful')
  log.error('wrong')
  log.print('a table\n')
  t.equal(written.err, 'warning: doubtful\nerror: wrong\n')
  t.equal(written.out, 'a table\n')
})

t.test('JSON: an object a line, and one for the result', async t => {
  const { log, written } = logging({ json: true, terminal: true })
  const report = newReport()
  report.error('SMTPPORT', 'environment', '"58x7" is not a port')
  report.warning('/mnt', undefined, 'is odd')
  log.info('made')
  log.done('mended')
  log.item('a change', { step: 'file /x' })
  log.busy('slow')()
  log.error('wrong', ['line 1'])
  log.faults(report.faults)
  log.result({ exit: exit.changes, changes: ['x'] })
  t.same(objects(written.out), [
    { time, level: 'info', message: 'made' },
    { time, level: 'info', message: 'mended' },
    { time, level: 'info', message: 'a change', step: 'file /x' },
    { time, level: 'error', message: 'wrong', details: ['line 1'] },
    {
      time,
      level: 'error',
      message: 'SMTPPORT (environment): "58x7" is not a port',
      subject: 'SMTPPORT',
      source: 'environment',
    },
    { time, level: 'warning', message: '/mnt: is odd', subject: '/mnt' },
    { result: 'ok', exit: 2, changes: ['x'] },
  ])
  t.equal(written.err, '')
})

t.test('the result says whether it went well', async t => {
  for (const code of Object.values(exit)) {
    const { log, written } = logging({ json: true, quiet: true })
    log.info('quiet')
    log.result({ exit: code })
    const result = code === 0 || code === 2 ? 'ok' : 'failed'
    t.same(objects(written.out), [{ result, exit: code }])
  }
})

t.test('cook.log gets what was before, and what comes', async t => {
  const { log, written, keep } = logging({ quiet: true })
  log.info('before')
  log.item('asked for', {})
  log.print('a table')
  t.equal(written.kept, '')
  keep()
  log.error('after', ['line 1'])
  keep()
  t.equal(
    written.kept,
    `${time} info: before\n${time} error: after\n${time} error:   line 1\n`,
  )
})

t.test('a cook.log that cannot be written is told once', async t => {
  const broken = () => {
    throw new Error('/var/log/cook.log: no space left')
  }
  for (const json of [false, true]) {
    const { log, written } = logging({ json })
    log.info('made')
    log.keep(broken)
    log.error('wrong')
    const { out, err } = written
    t.equal((out + err).match(/no space left/g)?.length, 1)
    t.match(out + err, /wrong/)
    if (json) {
      const [, warning] = objects(out)
      const message = '/var/log/cook.log: no space left'
      t.same(warning, { time, level: 'warning', message })
      t.equal(err, '')
    }
  }
})

t.test('nothing that is shown commands a terminal', async t => {
  const hostile = 'a\x1b[2J\x07b\nc\x9bd\u202ee\u2028\tä'
  const shown = 'a\\u001b[2J\\u0007b\\u000ac\\u009bd\\u202ee\\u2028\tä'
  const { log, written, keep } = logging()
  keep()
  log.info(hostile)
  log.item(hostile, {})
  log.warning(hostile)
  log.error(hostile, [hostile])
  t.equal(written.out, `${time} ${shown}\n${shown}\n`)
  t.equal(written.err, `warning: ${shown}\nerror: ${shown}\n  ${shown}\n`)
  t.equal(written.kept.split(shown).length, 5)
  written.out = ''
  log.print('one\n\ttwo\x1b[2J\x07\n')
  t.equal(written.out, 'one\n\ttwo\\u001b[2J\\u0007\n')
  written.out = ''
  log.relay(hostile, 'synapse')
  t.equal(written.out, `${shown}\n`)
  const json = logging({ json: true })
  json.log.error(hostile, [hostile])
  json.log.result({ exit: exit.config, hostile })
  t.notMatch(json.written.out, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/)
  const [line, result] = objects(json.written.out)
  t.match(line, { message: hostile, details: [hostile] })
  t.match(result, { hostile })
})

t.test('a terminal sees that something takes long', async t => {
  const { log, written } = logging({ terminal: true })
  const quiet = log.busy('starting synapse')
  await until(() => written.err !== '')
  t.match(written.err, /^\r\x1b\[K⠋ starting synapse \(\d+\.\d s\)/)
  log.warning('beside it')
  t.match(written.err, /\r\x1b\[Kwarning: beside it\n$/)
  quiet()
  quiet()
  const { err } = written
  t.match(err, /\r\x1b\[K$/)
  await sleep(250)
  t.equal(written.err, err, 'and then no more')
})

t.test('nobody else does', async t => {
  for (const options of [
    { terminal: false },
    { terminal: true, quiet: true },
    { terminal: true, json: true },
  ]) {
    const { log, written } = logging(options)
    const quiet = log.busy('starting synapse')
    await sleep(150)
    quiet()
    t.same(written, { out: '', err: '', kept: '' })
  }
})
