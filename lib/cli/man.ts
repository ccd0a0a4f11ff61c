import { commandRows, optionRows, type OptionRow } from './commands.ts'
import { findingRows } from '../contract/findings/findings.ts'
import { exitRows } from '../contract/exit-codes.ts'
import { kinds } from '../params/kind.ts'
import { rows } from '../params/params.ts'
import { isSecret, type Row } from '../params/row.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../contract/paths.ts'
import { render } from '../formats/template.ts'
import { whenAbsent } from './usage.ts'

const titles: Readonly<Record<Row['group'], string>> = {
  server: 'Server',
  edge: 'The edge',
  registration: 'Registration and first account',
  mail: 'Mail',
  LDAP: 'LDAP',
  calls: 'Calls',
  jail: 'Jail',
}

const sentence = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1)

// A value at the beginning of a help text keeps its case: one would type it so.
const helpOf = (row: Row, takes: string): string => {
  const [first = ''] = row.help.split(/\W/)
  return takes.split(/\W+/).includes(first) ? row.help : sentence(row.help)
}

const parameter = (row: Row) => {
  const takes = kinds[row.kind].expects
  return {
    name: row.name,
    flag: `-${row.flag}`,
    help: helpOf(row, takes),
    takes,
    absent: whenAbsent(row),
    isRequired: row.required === true,
    isSecret: isSecret(row),
    example: row.example,
  }
}

const option = ({ name, value, among, of, help }: OptionRow) => ({
  flag: `-${name}`,
  value,
  command: of === 'all' ? undefined : of,
  help: among === undefined ? sentence(help) : `One of ${help}`,
})

const command = (row: (typeof commandRows)[number]) => ({
  name: row.name,
  operand: 'operand' in row ? row.operand : undefined,
  help: sentence(row.help),
})

// mdoc(7), "Dd": Month day, year; in UTC, so that it is the same anywhere.
const dayOf = (time: Date): string =>
  time.toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' })

// mandoc(1) warns of text lines longer than 80 bytes. A new line must not begin
// with what looks like a macro.
const fold = (line: string): string =>
  line.startsWith('.')
    ? line
    : line
        .replace(/(.{1,78})(?: (?=\S)|$)/g, '$1\n')
        .trimEnd()
        .replaceAll(/\n(?=\.)/g, '\n\\&')

/**
 * The man page cook(8), in mdoc.
 * @param time the time of its last change
 */
export const renderMan = (time: Date): string => {
  const page = render('cook.8', {
    day: dayOf(time),
    commands: commandRows.map(command),
    options: optionRows.map(option),
    groups: Object.entries(titles).map(([group, title]) => ({
      title,
      parameters: rows.filter(row => row.group === group).map(parameter),
    })),
    exits: exitRows.map(({ code, meaning }) => ({
      code: String(code),
      meaning: sentence(meaning),
    })),
    findings: findingRows.map(({ name, meaning, remedy }) => ({
      name,
      meaning: sentence(meaning),
      remedy: sentence(remedy),
    })),
    paths: {
      ...paths,
      signingKey: signingKeyPath('DOMAIN'),
      certificate: certificatePath('DOMAIN'),
      certificateKey: certificateKeyPath('DOMAIN'),
    },
  })
  return page.split('\n').map(fold).join('\n')
}
