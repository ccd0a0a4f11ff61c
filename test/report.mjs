// Runs tap and tells what happened, one line for each sentence: a named test
// directly in a test file. Then the figures that proofs have told
// (test/proof/size.ts). The last line is `N passed, N failed`.
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { Parser } from 'tap-parser'
import { stringify } from 'yaml'

const count = { passed: 0, failed: 0, skipped: 0 }
const figures = []
const say = text => process.stdout.write(`${text}\n`)
const indent = (text, by) => text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(by))

const told = ({ at, stack, source, ...facts }) => {
  const place = at?.fileName && `${at.fileName}:${at.lineNumber}`
  const { diff, ...rest } = facts
  return [
    place && `at ${place}`,
    diff,
    Object.keys(rest).length && stringify(rest),
    stack && `stack:\n${indent(stack, 2)}`,
    source,
  ].filter(Boolean)
}

const tell = (kind, file, result, reasons = []) => {
  count[kind]++
  const time = result.time ? ` (${(result.time / 1000).toFixed(2)} s)` : ''
  const why = result.skip || result.todo
  const note = typeof why === 'string' ? ` # ${why}` : ''
  const word = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[kind]
  const sentence = result.name ? `${file}: ${result.name}` : file
  say(`${word} ${sentence}${time}${note}`)
  for (const { name, diag } of reasons) {
    say(indent([name || 'not ok', ...told(diag || {})].join('\n'), 5))
  }
}

const kindOf = ({ ok, skip, todo }) =>
  skip || todo ? 'skipped' : ok ? 'passed' : 'failed'

const listen = (test, file) => {
  test.on('child', child => listen(child, file))
  test.on('comment', comment => {
    const [, figure] = comment.match(/^# figure: (.*)/) ?? []
    if (figure) figures.push(`${basename(file, '.test.ts')}: ${figure}`)
  })
}

// The failed assertions at the bottom, not the tests that fail because of them.
const watch = (test, reasons) => {
  let below = 0
  test.on('child', child => {
    const inner = []
    watch(child, inner)
    child.on('complete', () => {
      below += inner.length
      reasons.push(...inner)
    })
  })
  test.on('assert', result => {
    if (kindOf(result) === 'failed' && !below) reasons.push(result)
    below = 0
  })
}

const parser = new Parser()
let explained = 0

parser.on('child', file => {
  let reasons = []
  file.on('child', test => {
    reasons = []
    watch(test, reasons)
    listen(test, file.name)
  })
  file.on('assert', result => {
    const kind = kindOf(result)
    if (kind === 'failed') explained++
    const why = reasons.length ? reasons : [result]
    tell(kind, file.name, result, kind === 'failed' ? why : [])
    reasons = []
  })
})

// A file that dies, hangs or prints what is not TAP fails as a whole. That is
// one failure more, unless one of its sentences failed already.
parser.on('assert', ({ name, ...result }) => {
  const kind = kindOf(result)
  if (kind === 'skipped') tell(kind, name, result)
  if (kind === 'failed' && !explained) {
    const { exitCode, signal, expired } = result.diag || {}
    const diag = { exitCode, signal, expired }
    tell(kind, name, result, [{ name: 'the whole file', diag }])
  }
  explained = 0
})

parser.on('bailout', reason => {
  tell('failed', 'tap', { name: `bailed out: ${reason}` })
})

const tap = spawn('tap', ['--reporter=tap', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
tap.stdout.pipe(parser)
tap.on('error', error => {
  say(String(error))
  process.exitCode = 1
})
tap.on('close', (code, signal) => {
  const { passed, skipped } = count
  if (code !== 0 && !count.failed) {
    tell('failed', 'tap', { name: `stopped with ${signal ?? code}` })
  }
  if (!passed && !count.failed) say('error: there was no test')
  figures.sort().forEach(figure => say(`     ${figure}`))
  const bad = count.failed || code !== 0 || !passed
  say(
    `${passed} passed, ${count.failed} failed` +
      (skipped ? `, ${skipped} skipped` : ''),
  )
  process.exitCode = bad ? 1 : 0
})
