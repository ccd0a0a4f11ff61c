import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const project = fileURLToPath(new URL('..', import.meta.url))
const folder = join(project, '.github/workflows')
const bun = join(project, 'node_modules/.bin/bun')
const reader = join(project, 'test/support/read-workflow.ts')

const read = (files: readonly string[]): readonly (readonly string[])[] =>
  JSON.parse(execFileSync(bun, [reader, ...files], { encoding: 'utf8' }))

t.test("GitHub's own parser takes every workflow", async t => {
  const files = readdirSync(folder).map(name => join(folder, name))
  t.ok(files.length > 0)
  t.same(
    read(files),
    files.map(() => []),
  )
})

t.test('and would tell', async t => {
  const right = readFileSync(join(folder, 'test.yml'), 'utf8')
  const wrong = {
    'key.yml': right.replace('steps:', 'stepz:'),
    'event.yml': right.replace('pull_request:', 'pull_requests:'),
    'expression.yml': right.replace('make lint', 'make ${{ lint }}'),
    'yaml.yml': `${right}\t- x\n`,
  }
  const dir = t.testdir(wrong)
  const told = read(Object.keys(wrong).map(name => join(dir, name)))
  for (const [at, name] of Object.keys(wrong).entries()) {
    t.not(told[at]?.length, 0, name)
  }
})

t.test('a push is linted and tested', async t => {
  const text = readFileSync(join(folder, 'test.yml'), 'utf8')
  for (const job of text.split(/^ {2}(?=\w+:\n {4}runs-on)/m).slice(1)) {
    t.match(job, /- run: make lint\n {6}- run: make test\n/)
  }
})
