import { parse } from '@cdktf/hcl2json'
import t from 'tap'
import { check } from '../../lib/params/check.ts'
import { commands, optionRows } from '../../lib/cli/commands.ts'
import { exit } from '../../lib/contract/failure.ts'
import { gather } from '../../lib/params/gather.ts'
import { kinds } from '../../lib/params/kind.ts'
import { rows } from '../../lib/params/params.ts'
import { isSecret } from '../../lib/params/row.ts'
import { newReport } from '../../lib/contract/report.ts'
import { renderHelp, renderParams } from '../../lib/cli/usage.ts'
import { hostIn } from '../small/host-in.ts'

const absent = (name: string) => {
  const row = rows.find(row => row.name === name)
  return row?.required ? 'required' : (row?.default ?? row?.absent)
}

t.test('help has every command, option, parameter and exit code', async t => {
  const help = renderHelp()
  for (const word of [
    ...commands.map(command => `\n  ${command} `),
    ...rows.map(row => `\n  --${row.flag} VALUE `),
    ...rows.map(row => `${row.help} (${absent(row.name)})\n`),
    ...Object.values(exit)
      .filter(code => code > 2)
      .map(code => `${code} `),
    ...optionRows.map(row => `\n  --${row.name} `),
    ...optionRows.map(row => `${row.help}\n`),
    ' user NAME ',
    ' token ',
    '--uses N ',
    '--root DIR ',
    '--password-file FILE ',
  ]) {
    t.ok(help.includes(word), word.trim())
  }
  t.ok(help.startsWith('Usage: cook '))
  t.match(help, /\n {2}78 {2}parameters wrong\n$/)
})

t.test('the text has a line for each parameter', async t => {
  const lines = renderParams('text').split('\n')
  t.equal(lines.pop(), '')
  t.equal(lines.length, rows.length)
  for (const [index, row] of rows.entries()) {
    const { expects } = kinds[row.kind]
    const words = `${row.help} (${expects}; ${absent(row.name)})`
    t.equal(lines[index], `  ${row.name.padEnd(20)}${words}`)
  }
})

/** The cells of a line, as GitHub parses Markdown. */
const cells = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map(cell => cell.trim())

t.test('the Markdown table has six cells a line', async t => {
  const lines = renderParams('markdown').split('\n')
  t.equal(lines.pop(), '')
  const table = lines.map(cells)
  t.same(table[0], [
    'parameter',
    'flag',
    'meaning',
    'value',
    'if not given',
    'example',
  ])
  t.same(
    table[1],
    Array.from({ length: 6 }, () => '---'),
  )
  t.same(
    table
      .slice(2)
      .map(([name, flag, , , when, example]) => [name, flag, when, example]),
    rows.map(row => [
      row.name,
      `\`--${row.flag}\``,
      absent(row.name),
      `\`${row.example}\``,
    ]),
  )
  t.ok(table.every(each => each.length === 6))
  t.notMatch(lines.join('\n').replaceAll(/`[^`]*`/g, ''), /(?<!\\)</, 'no HTML')
})

t.test('the JSON has all facts about each parameter', async t => {
  const read: unknown = JSON.parse(renderParams('json'))
  t.strictSame(
    read,
    rows.map(row => ({
      ...row,
      flag: `--${row.flag}`,
      secret: isSecret(row),
      expects: kinds[row.kind].expects,
    })),
  )
})

t.test('in the environment file optional values are comments', async t => {
  const text = renderParams('env')
  for (const row of rows) {
    const value = (row.default ?? row.example).replaceAll("'", `'\\''`)
    const line = `${row.name}='${value}'`
    t.ok(
      text.includes(`# ${row.help}\n${row.required ? '' : '#'}${line}\n`),
      line,
    )
  }
  t.equal(text.match(/^[^#\n]/gm)?.length, rows.filter(r => r.required).length)
})

t.test('the Nomad job is HCL with every parameter', async t => {
  // HashiCorp's own parser, which Nomad uses.
  const text = renderParams('nomad')
  const { job } = await parse('job.nomad', text)
  const [group] = job.matrix[0].group.matrix
  const [task] = group.task.synapse
  t.equal(task.driver, 'pot')
  t.same(group.network[0].port, { matrix: [{ static: 8448 }] })
  t.same(task.config[0].port_map, { matrix: '8448' })
  t.same(
    task.env[0],
    Object.fromEntries(
      rows.map(({ name, inNomad, required, example, default: usual }) => [
        name,
        inNomad ?? (required ? example : (usual ?? '')),
      ]),
    ),
    'optional parameters are empty, which means "not given"',
  )
  t.notMatch(text, /[$%]\{/, 'no template in a string')
})

t.test('a printed job needs only the required values', async t => {
  const { job } = await parse('job.nomad', renderParams('nomad'))
  const [{ env }] = job.matrix[0].group.matrix[0].task.synapse
  const report = newReport()
  const host = hostIn(t, { '/tmp/x': '' })
  const environment = { ...env[0], _POT_IP: '10.192.0.9' }
  const { params } = check(gather(host, environment, [], [], report), report)
  t.same(report.faults, [])
  t.match(params, {
    domain: { name: 'example.com' },
    ip: ['10.192.0.9'],
    logTo: 'stdout',
    adminUser: undefined,
  })
})
