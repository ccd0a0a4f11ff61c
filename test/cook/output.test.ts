// What cook prints, when it cannot be printed.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { cook } from '../small/cooking.ts'
import { required } from '../small/given.ts'
import { inShell, runtimes } from '../support/from-source.ts'

const full = 'error: standard output: no space left\n'

for (const [name, runtime] of Object.entries(runtimes)) {
  t.test(`${name}: what cannot be printed is not a success`, async t => {
    const root = t.testdir()
    for (const argv of [
      'params --format nomad',
      'params --json',
      'check',
      '--help',
      '--version --json',
      `plan --root ${root}`,
      `--root ${root}`,
    ]) {
      const { code, err } = await inShell(runtime, `"$@" ${argv} >/dev/full`)
      t.equal(code, exit.cantCreate, argv)
      t.ok(err.endsWith(full), err)
    }
  })

  t.test(`${name}: nor is a warning that nobody can read`, async t => {
    const root = t.testdir()
    const script = `"$@" plan --root ${root} 2>/dev/full`
    t.equal((await inShell(runtime, script)).code, exit.cantCreate)
  })

  t.test(`${name}: another error keeps its exit code`, async t => {
    const script = '"$@" check >/dev/full 2>&1'
    const wrong = { ...required, SMTPPORT: 'x' }
    t.equal((await inShell(runtime, script, wrong)).code, exit.config)
  })

  t.test(`${name}: half a file is not a success`, async t => {
    const file = join(t.testdir(), 'job')
    const script = `ulimit -f 2; "$@" params --format nomad >'${file}'`
    const { code, err } = await inShell(runtime, script)
    t.equal(code, exit.cantCreate)
    t.match(err, /^error: standard output: larger than a file may be here/)
    t.equal(statSync(file).size, 2048)
  })

  t.test(`${name}: a reader who has left does not matter`, async t => {
    const script = '"$@" params --format nomad | true; exit ${PIPESTATUS[0]}'
    t.match(await inShell(runtime, script), { code: 0, err: '' })
  })

  t.test(`${name}: a slow reader gets everything, in order`, async t => {
    const whole = await inShell(runtime, '"$@" params --format json')
    const script = '"$@" params --format json | (sleep 1; cat)'
    t.equal((await inShell(runtime, script)).out, whole.out)
    const mixed = await inShell(runtime, '"$@" chek 2>&1; "$@" --version 2>&1')
    t.match(mixed.out, /^error: [^]*\ncook \S+ \(/)
  })
}

t.test('a log that was asked for and cannot be written', async t => {
  const root = t.testdir({ var: { log: 'a file in its place' } })
  const argv = ['plan', '--root', root]
  t.equal((await cook(argv)).code, exit.changes)
  const { code, err } = await cook([...argv, '--log'])
  t.equal(code, exit.cantCreate)
  t.match(err, /^error: \/var\/log\/cook\.log: /m)
})
