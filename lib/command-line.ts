import { exit, Failure } from './failure.ts'
import { nearest } from './nearest.ts'
import { isSecret, rows, type Row } from './params.ts'

export const commands = ['apply', 'plan', 'check', 'params'] as const

export type Command = (typeof commands)[number]

export const formats = ['text', 'markdown', 'env', 'json', 'nomad'] as const

export type Format = (typeof formats)[number]

/** A parameter's value from argv: the text itself, or a file that holds it. */
export interface Flag {
  row: Row
  value: string
  isFile: boolean
}

export interface CommandLine {
  command: Command
  help: boolean
  version: boolean
  root: string | undefined
  envFiles: string[]
  start: boolean
  block: boolean
  json: boolean
  quiet: boolean
  format: Format
  flags: Flag[]
}

const switches = [
  'help',
  'version',
  'no-start',
  'block',
  'json',
  'quiet',
] as const
const valued = ['root', 'env-file', 'format'] as const

const usage = (message: string): Failure =>
  new Failure(exit.usage, `${message} (see cook --help)`)

// `--smtp-port`, and `--smtpport` too: the environment's name has no hyphens
// to go by, so a flag is the same name with or without them.
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
  ...switches,
  ...valued,
  ...rows.map(row => row.flag),
  ...rows.filter(isSecret).map(row => `${row.flag}-file`),
]

const unknown = (what: string, text: string, meant: string | undefined) =>
  usage(
    `unknown ${what} ${text}` +
      (meant === undefined ? '' : `: did you mean ${meant}?`),
  )

// Of a short word too little stays the same for three typos.
const near = (text: string, candidates: readonly string[]) =>
  nearest(text.toLowerCase(), candidates, Math.min(3, text.length >> 1))

const isOneOf = <T extends string>(
  list: readonly T[],
  text: string,
): text is T => (list as readonly string[]).includes(text)

/**
 * Reads argv (without the program's own name).
 * @throws {Failure} exit 64 on an unknown command, option or flag, with the
 *   nearest match, and on an option without its value.
 */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const line: CommandLine = {
    command: 'apply',
    help: false,
    version: false,
    root: undefined,
    envFiles: [],
    start: true,
    block: false,
    json: false,
    quiet: false,
    format: 'text',
    flags: [],
  }
  const words: string[] = []
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-') || word === '-') {
      words.push(word)
      continue
    }
    const [, name = '', given] = word.match(/^--([^=]*)(?:=(.*))?$/s) ?? []
    if (isOneOf(switches, name)) {
      if (given !== undefined) {
        throw usage(`--${name} takes no value`)
      }
      setSwitch(line, name)
      continue
    }
    const parameter = name === '' ? undefined : parameterFlag(name)
    if (parameter === undefined && !isOneOf(valued, name)) {
      const meant = near(name || word, everyFlag())
      throw unknown('flag', word.replace(/=.*/s, ''), meant && `--${meant}`)
    }
    const value = given ?? rest.shift()
    if (value === undefined || (value === '' && name === 'root')) {
      throw usage(`--${name} needs a value`)
    }
    if (parameter !== undefined) {
      line.flags.push({ ...parameter, value })
    } else if (name === 'root') {
      line.root = value
    } else if (name === 'env-file') {
      line.envFiles.push(value)
    } else if (isOneOf(formats, value)) {
      line.format = value
    } else {
      throw unknown('format', value, near(value, formats))
    }
  }
  const [command, extra] = words
  if (command !== undefined && !isOneOf(commands, command)) {
    throw unknown('command', command, near(command, commands))
  }
  if (extra !== undefined) {
    throw usage(`unexpected word ${extra}`)
  }
  const startsNothing = !line.start ? '--no-start' : line.root && '--root'
  if (line.block && startsNothing) {
    throw usage(`--block and ${startsNothing} exclude each other`)
  }
  return { ...line, command: command ?? 'apply' }
}

const setSwitch = (
  line: CommandLine,
  name: (typeof switches)[number],
): void => {
  if (name === 'no-start') {
    line.start = false
  } else {
    line[name] = true
  }
}
