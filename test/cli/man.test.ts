// The man page, formatted by mandoc(1).

import t from 'tap'
import { commandRows, optionRows } from '../../lib/cli/commands.ts'
import { findingRows } from '../../lib/contract/findings/findings.ts'
import { exitRows } from '../../lib/contract/exit-codes.ts'
import { renderMan } from '../../lib/cli/man.ts'
import { rows } from '../../lib/params/params.ts'
import { whenAbsent } from '../../lib/cli/usage.ts'
import { asRead, mandoc } from '../support/mandoc.ts'

const page = renderMan(new Date('2026-03-01T23:59:59Z'))
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** The page's sections by their titles, each on one line. */
const sections = new Map(
  asRead(page)
    .split(/^(?=[A-Z])/m)
    .map(text => text.match(/^([A-Z ]+)\n([^]*)$/) ?? [])
    .map(([, title = '', text = '']) => [title, oneLine(text)]),
)
const section = (title: string): string => sections.get(title) ?? ''

/**
 * Pages that the page may refer to: those of FreeBSD's base system and of pot.
 */
const manuals = [
  'newsyslog.conf 5',
  'rc.conf 5',
  'sshd_config 5',
  'sysexits 3',
  'jail 8',
  'pot 8',
  'rc 8',
  'service 8',
  'zfs 8',
]

// The manual pages of this system are not those of FreeBSD.
const isElsewhere = (line: string): boolean =>
  line.includes('outdated mandoc.db') ||
  manuals.some(name => line.includes(`not found: Xr ${name}`))

const lint = (text: string): string[] =>
  mandoc(text, ['-Tlint', '-Wall'])
    .split('\n')
    .filter(line => line !== '' && !isElsewhere(line))

t.test('mandoc -Tlint prints no warning', async t => {
  t.same(lint(page), [])
  for (const [wrong, name] of [
    ['.Xr nosuch 8', 'nosuch'],
    ['.Xz x', 'Xz'],
    ['a '.repeat(50).trim(), 'longer'],
  ] as const) {
    t.match(lint(`${page}${wrong}\n`).join('\n'), name, 'else it would')
  }
})

t.test('it has the sections of a page of section 8', async t => {
  t.same(
    [...sections.keys()].filter(title => title !== ''),
    [
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'ENVIRONMENT',
      'FILES',
      'EXIT STATUS',
      'EXAMPLES',
      'DIAGNOSTICS',
      'SEE ALSO',
      'CAVEATS',
      'SECURITY CONSIDERATIONS',
    ],
  )
})

t.test('it has every parameter with its default', async t => {
  const text = section('DESCRIPTION')
  for (const row of rows) {
    const [, told = ''] = text
      .split(`${row.name}, --${row.flag} `)
      .map(rest => rest.slice(0, 400))
    t.ok(told.includes(row.help.slice(1)), row.name)
    const absent = row.required
      ? 'It is required.'
      : `If not given: ${whenAbsent(row)}.`
    t.ok(told.includes(absent), absent)
    t.ok(told.includes(`Example: ‘${row.example}’.`), row.example)
  }
})

t.test('it has every command and every option', async t => {
  const text = section('DESCRIPTION')
  for (const row of commandRows) {
    const name = 'operand' in row ? `${row.name} ${row.operand}` : row.name
    const at = text.indexOf(` ${name} ${row.help.charAt(0).toUpperCase()}`)
    t.ok(at > 0, name)
    t.ok(text.slice(at, at + 120).includes(`${row.help.slice(1)}.`), name)
    t.ok(section('SYNOPSIS').includes(row.name), name)
  }
  for (const row of optionRows) {
    const name = 'value' in row ? `--${row.name} ${row.value}` : `--${row.name}`
    const only = 'of' in row && row.of !== 'all' ? `Only with ${row.of}. ` : ''
    const at = text.indexOf(` ${name} ${only}`)
    t.ok(at > 0, name)
    t.ok(text.slice(at, at + 200).includes(`${row.help.slice(1)}.`), name)
  }
})

t.test('it has every exit code', async t => {
  const text = section('EXIT STATUS')
  for (const { code, meaning } of exitRows) {
    t.ok(
      text.toLowerCase().includes(` ${code} ${meaning}.`.toLowerCase()),
      meaning,
    )
  }
})

t.test('it has every finding', async t => {
  const text = section('DIAGNOSTICS')
  for (const { name, meaning, remedy } of findingRows) {
    const line = `${name} ${meaning}. ${remedy}.`.toLowerCase()
    t.ok(text.toLowerCase().includes(line), name)
  }
})

t.test('its date is in UTC', async t => {
  t.match(page, /^\.Dd March 1, 2026\n/)
})
