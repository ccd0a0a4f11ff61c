// Limits of the process: what is lacking for now is not a wrong parameter.

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { paths } from '../../lib/contract/paths.ts'
import { required } from '../small/given.ts'
import { inShell, runtimes } from '../support/from-source.ts'

const leftovers = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.cook'),
  )

for (const [name, runtime] of Object.entries(runtimes)) {
  t.test(`${name}: too few open files`, async t => {
    const dir = t.testdir()
    let code: number | null = exit.ok
    // As many as it takes to run out of them where cook needs most.
    for (let most = 60; code === exit.ok && most > 10; most -= 3) {
      const root = join(dir, String(most))
      mkdirSync(root)
      const limited = `ulimit -n ${most}; "$@" --root '${root}'`
      const ended = await inShell(runtime, limited)
      code = ended.code
      if (code !== exit.ok) {
        t.equal(code, exit.tempFail, `${most}: ${ended.err}`)
        t.match(ended.err, /^error: \/.*: too many open files/m)
        t.same(leftovers(root), [])
        const again = await inShell(runtime, `"$@" --root '${root}'`)
        t.equal(again.code, exit.ok, again.err)
      }
    }
    t.equal(code, exit.tempFail)
  })

  t.test(`${name}: files that may not be long enough`, async t => {
    const root = t.testdir()
    const limited = `ulimit -f 1; "$@" --root '${root}' --no-start`
    const { code, err } = await inShell(runtime, limited, {
      ...required,
      NOSSL: 'yes',
    })
    t.equal(code, exit.cantCreate, err)
    t.match(err, /^error: .*: larger than a file may be here \(ulimit -f/m)
    t.same(leftovers(root), [])
    const again = await inShell(runtime, `"$@" --root '${root}'`)
    t.equal(again.code, exit.ok, again.err)
    t.ok(readdirSync(join(root, paths.keysDir)).length > 0)
  })
}
