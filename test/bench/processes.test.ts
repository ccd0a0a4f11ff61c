import { spawn } from 'node:child_process'
import t from 'tap'
import { childOf, peakMemory, processorTime } from '../../bench/processes.ts'

// A program that uses so many MiB for a moment. Then it lives for another moment:
// on a busy machine, what follows it may not look in time.
const hold = (mebibytes: number): string =>
  `let b = Buffer.alloc(${mebibytes} * 2 ** 20, 1); b = undefined
  setTimeout(() => {}, 1000)`

const start = (...argv: [string, ...string[]]): number =>
  spawn(argv[0], argv.slice(1), { stdio: 'ignore' }).pid!

const node = (script: string): number => start(process.execPath, '-e', script)

t.test('peak memory is the most that a program used', async t => {
  const small = await peakMemory(node(hold(1)))
  const large = await peakMemory(node(hold(201)))
  t.ok(small > 20 && small < 100, `${small} MiB of an empty Node`)
  t.ok(Math.abs(large - small - 200) < 20, `${large - small} MiB more`)
})

t.test('the memory of its children does not count', async t => {
  const child = JSON.stringify(hold(300))
  const script = `require('child_process')
    .spawnSync(process.execPath, ['-e', ${child}])`
  t.ok((await peakMemory(node(script))) < 100)
})

t.test('processor time includes all threads', async t => {
  const busy = `while (process.cpuUsage().user < 400_000)
    for (let i = 0; i < 1e6; i++);`
  const child = JSON.stringify(busy)
  const idle = await processorTime(node('setTimeout(() => {}, 300)'))
  t.ok(idle > 5 && idle < 350, `${idle} ms of an idle Node`)
  const thread = await processorTime(
    node(`new (require('worker_threads').Worker)(${child}, { eval: true })`),
  )
  t.ok(thread > 350, `${thread} ms with a busy thread`)
  const other = await processorTime(
    node(`require('child_process')
      .spawnSync(process.execPath, ['-e', ${child}])`),
  )
  t.ok(other < 350, `${other} ms beside a busy child`)
})

t.test('the child of a process is found', async t => {
  const pid = start('/bin/sh', '-c', 'sleep 0.3; exit 0')
  const child = await childOf(pid)
  t.not(child, pid)
  t.ok((await peakMemory(child)) < 10)
  await t.rejects(childOf(2 ** 22 + 1), { message: /has ended/ })
})
