import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { outputTo } from '../../lib/host/output.ts'
import { runtimes } from '../support/from-source.ts'
import { until } from '../support/until.ts'

const flood = fileURLToPath(new URL('../support/flood.ts', import.meta.url))

const noScript =
  spawnSync('script', ['-qec', 'true', '/dev/null']).status !== 0 &&
  'no script(1)'

t.test('everything is written, in order', async t => {
  const file = join(t.testdir(), 'file')
  const out = outputTo(openSync(file, 'w'), 'file')
  const lines = Array.from({ length: 200 }, (_, n) => `${n} ä\n`)
  lines.forEach(out.write)
  t.ok(out.isWaiting())
  t.equal(await out.settled(), undefined)
  t.notOk(out.isWaiting())
  t.equal(readFileSync(file, 'utf8'), lines.join(''))
})

t.test('what cannot be written is a failure, at any later time', async t => {
  const out = outputTo(openSync('/dev/full', 'w'), 'paper')
  out.write('a')
  const message = 'paper: no space left'
  t.match(await out.settled(), { exit: exit.cantCreate, message })
  out.write('b')
  t.match(await out.settled(), { message })
  t.notOk(out.isWaiting())
})

for (const [name, runtime] of Object.entries(runtimes)) {
  for (const [where, command, skip] of [
    ['a pipe', [runtime, flood], false],
    // It stops to read the terminal when its own output is not read.
    ['a terminal', ['script', '-qec'], noScript],
  ] as const) {
    const title = `${name}: ${where} that nobody reads stops nothing`
    t.test(title, { skip }, async t => {
      const file = join(t.testdir(), 'known')
      const argv =
        command[0] === 'script'
          ? [...command, `exec ${runtime} ${flood} ${file}`, '/dev/null']
          : [...command, file]
      const [program = '', ...args] = argv
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = once(child, 'exit')
      const size = (): number =>
        statSync(`${file}.ticks`, { throwIfNoEntry: false })?.size ?? 0
      await until(() => size() > 20)
      const pgrep = spawnSync('pgrep', ['-f', `${flood} ${file}$`])
      const pids = String(pgrep.stdout).trim().split('\n').map(Number)
      pids.forEach(pid => process.kill(pid, 'SIGTERM'))
      await until(() => existsSync(file))
      child.stdout?.resume()
      t.equal((await ended)[0], 7)
      const known = JSON.parse(readFileSync(file, 'utf8'))
      t.match(known, { waits: true, dropped: Number })
      t.ok(known.printed < 2500, 'what waits is limited')
      t.ok(known.dropped > 10_000, 'and the rest is dropped')
    })
  }
}
