import type { Flag } from '../params/gather.ts'
import {
  commandRow,
  commands,
  optionRow,
  optionRows,
  type Command,
  type OptionName,
  type OptionRow,
  type OwnOptions,
} from './commands.ts'
import { exit, Failure } from '../contract/failure.ts'
import { nearest } from '../params/nearest.ts'
import { rows } from '../params/params.ts'
import { isSecret } from '../params/row.ts'

export interface CommandLine {
  command: Command
  /** The argument of the command, if it takes one. */
  operand: string | undefined
  help: boolean
  version: boolean
  root: string | undefined
  envFiles: string[]
  start: boolean
  block: boolean
  /** Whether every line goes to cook's log. */
  log: boolean
  json: boolean
  quiet: boolean
  /** The options that only this command has. */
  own: OwnOptions
  flags: Flag[]
}

const usage = (message: string): Failure =>
  new Failure(exit.usage, `${message} (see cook --help)`)

// `--smtp-port` and `--smtpport` are the same: the environment variable does
// not tell where the hyphens go.
const plain = (flag: string): string => flag.replaceAll('-', '')

const parameterFlag = (name: string): Omit<Flag, 'value'> | undefined => {
  const row = rows.find(row => plain(row.flag) === plain(name))
  if (row !== undefined) {
    return { row, isFile: false }
  }
  const of = rows.find(
    row => isSecret(row) && plain(`${row.flag}-file`) === plain(name),
  )
  return of && { row: of, isFile: true }
}

const everyFlag = (): string[] => [
  ...optionRows.map(row => row.name),
  ...rows.map(row => row.flag),
  ...rows.filter(isSecret).map(row => `${row.flag}-file`),
]

const unknown = (what: string, text: string, meant: string | undefined) =>
  usage(
    `unknown ${what} ${text}` +
      (meant === undefined ? '' : `: did you mean ${meant}?`),
  )

// In a short word, three typos leave too little to compare.
const near = (text: string, candidates: readonly string[]) =>
  nearest(text.toLowerCase(), candidates, Math.min(3, text.length >> 1))

const isCommand = (text: string): text is Command =>
  (commands as readonly string[]).includes(text)

interface Word {
  text: string
  /**
   * The flag of a secret before it. An unquoted secret with a space becomes
   * several words: they are not printed.
   */
  after: string | undefined
}

/** argv, taken apart but not yet validated as a whole. */
interface Parts {
  words: Word[]
  options: Map<OptionRow, string | true>
  envFiles: string[]
  flags: Flag[]
}

const optionFault = (
  { name, among }: OptionRow,
  value: string,
): Failure | undefined =>
  value === ''
    ? usage(`--${name} needs a value`)
    : among === undefined || among.includes(value)
      ? undefined
      : unknown(name, value, near(value, among))

const strayFault = (
  { text, after }: Word,
  otherwise: (text: string) => Failure,
): Failure =>
  after === undefined
    ? otherwise(text)
    : usage(`unexpected argument after --${after}`)

const takeApart = (argv: readonly string[]): Parts => {
  const parts: Parts = {
    words: [],
    options: new Map(),
    envFiles: [],
    flags: [],
  }
  let after: string | undefined
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-') || word === '-') {
      parts.words.push({ text: word, after })
      continue
    }
    const [, name = '', given] = word.match(/^--([^=]*)(?:=(.*))?$/s) ?? []
    const option = optionRow(name)
    if (option !== undefined && option.value === undefined) {
      if (given !== undefined) {
        throw usage(`--${name} takes no value`)
      }
      parts.options.set(option, true)
      continue
    }
    const parameter = name === '' ? undefined : parameterFlag(name)
    if (option === undefined && parameter === undefined) {
      const meant = near(name || word, everyFlag())
      // Something close to a flag is a misspelt flag.
      const isFlag = name !== '' && meant !== undefined
      throw strayFault(
        { text: word.replace(/=.*/s, ''), after: isFlag ? undefined : after },
        text => unknown('flag', text, meant && `--${meant}`),
      )
    }
    const value = given ?? rest.shift()
    if (value === undefined) {
      throw usage(`--${name} needs a value`)
    }
    if (parameter !== undefined) {
      parts.flags.push({ ...parameter, value })
      if (isSecret(parameter.row) && !parameter.isFile) {
        after = parameter.row.flag
      }
    } else if (option !== undefined) {
      const fault = optionFault(option, value)
      if (fault !== undefined) {
        throw fault
      }
      parts.options.set(option, value)
      if (name === 'env-file') {
        parts.envFiles.push(value)
      }
    }
  }
  return parts
}

const ownOf = (options: Parts['options']): OwnOptions =>
  Object.fromEntries(
    [...options]
      .filter(([{ of }]) => of !== undefined && of !== 'all')
      .map(([{ name }, value]) => [name, value]),
  )

/** The error for a flag that does not apply to the command. */
const strangerFault = (
  command: Command,
  { options, flags }: Parts,
): string | undefined => {
  const { apart, below } = commandRow(command)
  const given = [...options.keys()]
  const other = given.find(({ of }) => of && of !== 'all' && of !== command)
  if (other !== undefined) {
    return `--${other.name} is an option of cook ${other.of}, not of ${command}`
  }
  const flag =
    flags[0] && `${flags[0].row.flag}${flags[0].isFile ? '-file' : ''}`
  const common = given.find(
    ({ name, of }) => !of && !(below && name === 'root'),
  )
  const idle = common?.name ?? flag
  return apart === undefined || idle === undefined
    ? undefined
    : `--${idle} does not apply to cook ${command}, ${apart}`
}

/**
 * Parses argv (without the name of the program).
 * @throws {Failure} exit 64 for an unknown command, option or flag (with the
 *   nearest match), for an option without its value or of another command, and
 *   for a command without its operand.
 */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const parts = takeApart(argv)
  const [first = { text: 'apply', after: undefined }, ...operands] = parts.words
  const command = first.text
  if (!isCommand(command)) {
    throw strayFault(first, text =>
      unknown('command', text, near(text, commands)),
    )
  }
  const { operand } = commandRow(command)
  if (operand === undefined && operands[0] !== undefined) {
    throw strayFault(operands[0], text => usage(`unexpected argument ${text}`))
  }
  // The second argument may be a password, so it is not printed.
  if (operands.length > 1) {
    throw usage(`cook ${command} takes one argument: ${operand}`)
  }
  const { options, envFiles, flags } = parts
  const has = (name: OptionName): boolean => options.has(optionRow(name)!)
  const asks = has('help') || has('version')
  if (operand !== undefined && operands[0] === undefined && !asks) {
    throw usage(`cook ${command} needs ${operand}`)
  }
  const stranger = strangerFault(command, parts)
  if (stranger !== undefined) {
    throw usage(stranger)
  }
  const startsNothing = (['no-start', 'root'] as const).find(has)
  if (has('block') && startsNothing !== undefined) {
    throw usage(`--block and --${startsNothing} cannot be used together`)
  }
  return {
    command,
    operand: operands[0]?.text,
    help: has('help'),
    version: has('version'),
    root: options.get(optionRow('root')!) as string | undefined,
    envFiles,
    start: !has('no-start'),
    block: has('block'),
    log: has('log'),
    json: has('json'),
    quiet: has('quiet'),
    own: ownOf(options),
    flags,
  }
}
