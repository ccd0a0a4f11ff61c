import { appendFileSync } from 'node:fs'
import t from 'tap'
import { showLogs } from '../../lib/engine/show-logs.ts'
import { newLog } from '../../lib/host/log/log.ts'
import { at, hostIn } from '../small/host-in.ts'
import { serviceStep } from '../small/service-step.ts'
import { until } from '../support/until.ts'

t.test('lines for a reader who is far behind are counted', async t => {
  const step = serviceStep([], { shown: true })
  const host = hostIn(t, { [step.log]: 'old\n' })
  const write = (text: string) => appendFileSync(at(host, step.log), text)
  const reader = { isFull: false, asked: 0, text: '' }
  const tell = (text: string) => void (reader.text += text)
  const isFull = () => {
    reader.asked++
    return reader.isFull
  }
  const log = newLog(
    { out: tell, err: tell, isFull, terminal: false },
    { json: false, quiet: false, now: () => new Date(0) },
  )
  const end = showLogs([step], host, log, 5)
  write('one\n')
  await until(() => reader.text !== '')
  reader.isFull = true
  reader.asked = 0
  write('two\nthree\n')
  await until(() => reader.asked > 1)
  t.equal(reader.text, 'one\n')
  reader.isFull = false
  await until(() => reader.text.includes('not shown'))
  write('four\n')
  await until(() => reader.text.includes('four'))
  reader.isFull = true
  write('five\n')
  end()
  t.match(
    reader.text.split('\n').map(line => line.match(/^[a-z]+$|\d+/)?.[0]),
    ['one', '2', 'four', '1', undefined],
  )
})
