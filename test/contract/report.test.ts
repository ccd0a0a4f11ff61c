import t from 'tap'
import {
  newReport,
  renderFault,
  renderFaultText,
  show,
} from '../../lib/contract/report.ts'

t.test('an error is one line: severity, subject, source, message', async t => {
  const report = newReport()
  report.error('SMTPPORT', 'environment', '"58x7" is not a port (1-65535)')
  report.warning('/mnt/matrixdata/tls/x.crt', undefined, 'expires in 3 days')
  t.same(report.faults.map(renderFault), [
    'error: SMTPPORT (environment): "58x7" is not a port (1-65535)',
    'warning: /mnt/matrixdata/tls/x.crt: expires in 3 days',
  ])
  t.equal(
    renderFaultText(report.faults[1]!),
    '/mnt/matrixdata/tls/x.crt: expires in 3 days',
  )
})

t.test('only an error makes a report fail', async t => {
  const report = newReport()
  t.equal(report.failed(), false, 'empty')
  report.warning('A', undefined, 'odd')
  t.equal(report.failed(), false, 'a warning')
  report.error('B', undefined, 'wrong')
  t.equal(report.failed(), true, 'an error')
  report.warning('C', undefined, 'odd')
  t.equal(report.failed(), true, 'a warning after it')
})

t.test('a value is shown quoted, short and printable', async t => {
  for (const [what, text, shown] of [
    ['plain', '58x7', '"58x7"'],
    ['empty', '', '""'],
    ['quotes', 'a"b\\c', '"a\\"b\\\\c"'],
    ['a line break', 'a\r\nb', '"a\\r\\nb"'],
    ['an escape sequence', '\x1b[31m', '"\\u001b[31m"'],
    ['DEL and C1', '\x7f\x9b', '"\\u007f\\u009b"'],
    ['text turned round', 'a\u202eb\u2066c', '"a\\u202eb\\u2066c"'],
    [
      'marks that nobody sees',
      'a\u200f\ufeffb\u061c',
      '"a\\u200f\\ufeffb\\u061c"',
    ],
    ['line separators', '\u2028\u2029', '"\\u2028\\u2029"'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
    ['other languages', 'größe 鍵 🔑', '"größe 鍵 🔑"'],
    ['60 characters', 'x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['61 characters', 'x'.repeat(61), `"${'x'.repeat(60)}…"`],
  ] as const) {
    t.equal(show(text), shown, what)
  }
})

t.test('a long value is not cut in the middle of a character', async t => {
  t.equal(show(`🔑${'x'.repeat(57)}🔑🔑`), `"🔑${'x'.repeat(57)}…"`)
})
