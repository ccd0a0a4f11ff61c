import t from 'tap'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { Secret } from '../../lib/contract/secret.ts'
import { render } from '../../lib/formats/template.ts'
import { readYaml, whyNoYaml } from '../small/yaml.ts'

const skip = whyNoYaml()

t.test('values are quoted for the language of the file', async t => {
  const text = render('log.yaml', {
    logFile: `/var/log/a "b" & <c>'#.log`,
    logLevel: new Secret('IN%FO'),
  })
  t.match(text, `    filename: "/var/log/a \\"b\\" & <c>'#.log"\n`)
  t.match(text, `  level: "IN%FO"  # LOGLEVEL\n`)
  t.notMatch(text, /&amp;|&lt;|&#/, 'and not for HTML')
})

t.test('a template in a value is plain text', { skip }, async t => {
  const values = ['<%= logLevel %>', '<%- 1 %>', '%>', '<%#', '${logLevel}']
  const read = readYaml(
    values.map(logFile => [render('log.yaml', { logFile, logLevel: 'INFO' })]),
  )
  t.strictSame(
    read.map(({ value }) => {
      const { handlers } = value as { handlers: { file: { filename: string } } }
      return handlers.file.filename
    }),
    values,
  )
})

t.test('a name without a value is an error', async t => {
  for (const values of [{ logFile: 'x' }, { logFile: 'x', loglevel: 'x' }]) {
    t.throws(() => render('log.yaml', values), {
      message: /^"log.yaml":27\n[^]*\n\nlogLevel is not defined$/,
    })
  }
})

t.test('an undefined value is an error, not empty text', async t => {
  for (const logLevel of [undefined, null, {}]) {
    t.throws(() => render('log.yaml', { logFile: 'x', logLevel }), {
      message: /^"log.yaml":27\n[^]*\n\na template prints (undefined|object)$/,
      exit: exit.software,
    })
  }
})

t.test('a template that does not exist is a defect', async t => {
  for (const name of ['none.yaml', 'log.sh', 'log', 'homeserver', '']) {
    t.throws(
      () => render(name, {}),
      new Failure(exit.software, `there is no template ${name}`),
      name,
    )
  }
})

t.test('so is one in a language that has no quoting', async t => {
  const { render } = await t.mockImport<
    typeof import('../../lib/formats/template.ts')
  >('../../lib/formats/template.ts', {
    '../../lib/formats/templates.ts': { templateNamed: () => () => 'text' },
  })
  t.throws(() => render('some.toml', {}), {
    exit: exit.software,
    message: 'template some.toml: lib/formats/quote.ts has no toml',
  })
  t.equal(render('some.yaml', {}), 'text')
})
