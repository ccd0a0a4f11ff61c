import {
  commandRows,
  optionRows,
  type CommandRow,
  type Format,
  type OptionRow,
} from './commands.ts'
import { exitRows } from '../contract/exit-codes.ts'
import { kinds } from '../params/kind.ts'
import { renderNomadJob } from './nomad-job.ts'
import { rows } from '../params/params.ts'
import { isSecret, type Row } from '../params/row.ts'
import { singleQuoted } from '../formats/sh.ts'

/** What the tables print for a parameter that is not given. */
export const whenAbsent = (row: Row): string =>
  row.required ? 'required' : (row.default ?? row.absent ?? '')

const table = (lines: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2
  return lines
    .map(([left, right]) => `  ${left.padEnd(width)}${right}\n`)
    .join('')
}

const commandHelp = ({ name, operand, help }: CommandRow): [string, string] => [
  operand === undefined ? name : `${name} ${operand}`,
  help,
]

const optionHelp = ({ name, value, of, help }: OptionRow): [string, string] => [
  value === undefined ? `--${name}` : `--${name} ${value}`,
  of === undefined || of === 'all' ? help : `cook ${of}: ${help}`,
]

const flagHelp = (row: Row): [string, string] => [
  `--${row.flag} VALUE`,
  `${row.help} (${whenAbsent(row)})`,
]

/** What `cook --help` prints. */
export const renderHelp = (): string => `\
Usage: cook [COMMAND] [OPTION...] [--PARAMETER VALUE...]

Turns an empty FreeBSD jail into a running Matrix homeserver, and maintains it.

Commands:
${table(commandRows.map(commandHelp))}
Options:
${table(optionRows.map(optionHelp))}
Parameters (or environment variables, with the names that cook params prints;
a secret can be in a file that NAME_FILE or --FLAG-file names):
${table(rows.map(flagHelp))}
Exit codes:
${table(exitRows.map(({ code, short }) => [String(code), short]))}`

const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '\\<')

const markdown = (): string =>
  [
    '| parameter | flag | meaning | value | if not given | example |',
    '|---|---|---|---|---|---|',
    ...rows.map(row =>
      [
        '',
        ` ${row.name} `,
        ` \`--${row.flag}\` `,
        ` ${cell(row.help)} `,
        ` ${cell(kinds[row.kind].expects)} `,
        ` ${cell(whenAbsent(row))} `,
        ` \`${row.example}\` `,
        '',
      ].join('|'),
    ),
    '',
  ].join('\n')

const text = (): string =>
  table(
    rows.map(row => [
      row.name,
      `${row.help} (${kinds[row.kind].expects}; ${whenAbsent(row)})`,
    ]),
  )

// Optional parameters are commented out: only the required ones have to be
// edited.
const env = (): string =>
  rows
    .map(row => {
      const value = singleQuoted(row.default ?? row.example)
      const line = `${row.name}=${value}`
      return `# ${row.help}\n${row.required ? line : `#${line}`}\n`
    })
    .join('\n')

const json = (): string =>
  `${JSON.stringify(
    rows.map(row => ({
      ...row,
      flag: `--${row.flag}`,
      secret: isSecret(row),
      expects: kinds[row.kind].expects,
    })),
    undefined,
    2,
  )}\n`

/** What `cook params` prints. */
export const renderParams = (format: Format): string =>
  ({ text, markdown, env, json, nomad: renderNomadJob })[format]()
