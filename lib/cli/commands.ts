// What a command line may say besides parameters. A new command is a row here
// and a file of its name in cook/commands/; an option of its own is one more
// row.

export const formats = ['text', 'markdown', 'env', 'json', 'nomad'] as const

export type Format = (typeof formats)[number]

/** One command: everything that is known about it, in one place. */
export interface CommandRow {
  name: string
  /** The word that it needs after its name. */
  operand?: string
  /** Whether everybody may run it, and not root alone. */
  unprivileged?: true
  /** Where it reads no parameters and starts nothing: why, as an end of a line. */
  apart?: string
  /** Whether it works below another root as well, though it is apart. */
  below?: true
  help: string
}

const speaks = 'which only speaks with the Synapse that runs here'

export const commandRows = [
  {
    name: 'apply',
    help: 'make the jail as the parameters say and start Synapse (default)',
  },
  { name: 'plan', help: 'print what apply would change; exit 2 if anything' },
  { name: 'check', unprivileged: true, help: 'judge the parameters only' },
  { name: 'params', unprivileged: true, help: 'print the parameters' },
  {
    name: 'image',
    apart: 'which needs no parameter and starts nothing',
    below: true,
    help: 'make what every jail of an image has',
  },
  {
    name: 'status',
    apart: speaks,
    help: 'print whether each service is healthy; exit 69 if not',
  },
  {
    name: 'user',
    operand: 'NAME',
    apart: speaks,
    help: 'make an account; asks for its password',
  },
  {
    name: 'token',
    apart: speaks,
    help: 'make a registration token, good for one account',
  },
] as const satisfies readonly CommandRow[]

export type Command = (typeof commandRows)[number]['name']

export const commands: readonly Command[] = commandRows.map(({ name }) => name)

/** The row of a command, in its general form. */
export const commandRow = (command: Command): CommandRow =>
  commandRows.find(({ name }) => name === command)!

/** One option that is no parameter. */
export interface OptionRow {
  name: string
  /** What the help calls its value; without it the option takes none. */
  value?: string
  /** The values that there are, if not any. */
  among?: readonly string[]
  /** Who knows it: one command only, or also those that only speak. */
  of?: Command | 'all'
  help: string
}

export const optionRows = [
  {
    name: 'root',
    value: 'DIR',
    help: 'work on the jail below DIR and touch no service',
  },
  {
    name: 'env-file',
    value: 'FILE',
    help: 'read parameters from FILE; may be repeated',
  },
  { name: 'no-start', help: 'configure and enable, start nothing' },
  { name: 'block', help: 'stay until a signal, then stop the services' },
  {
    name: 'nomad',
    of: 'image',
    help: 'for jails whose first process is cook --block',
  },
  {
    name: 'wait',
    of: 'apply',
    value: 'SECONDS',
    help: 'wait so long for another cook to finish',
  },
  {
    name: 'ask',
    of: 'apply',
    help: 'ask the mail and LDAP servers even if nothing is started',
  },
  {
    name: 'format',
    of: 'params',
    value: 'FORMAT',
    among: formats,
    help: formats.join(', '),
  },
  { name: 'admin', of: 'user', help: 'make it an administrator' },
  {
    name: 'password-file',
    of: 'user',
    value: 'FILE',
    help: 'the password is the first line of FILE',
  },
  { name: 'uses', of: 'token', value: 'N', help: 'good for N accounts' },
  {
    name: 'expires',
    of: 'token',
    value: 'TIME',
    help: 'good for 30m, 12h, 7d or 4w from now',
  },
  {
    name: 'json',
    of: 'all',
    help: 'one JSON object a line, the result last',
  },
  {
    name: 'log',
    of: 'all',
    help: 'keep every line in /var/log/cook.log, not only what was done',
  },
  { name: 'quiet', of: 'all', help: 'only warnings and errors' },
  { name: 'help', of: 'all', help: 'print this' },
  {
    name: 'version',
    of: 'all',
    help: 'print version, commit and runtime',
  },
] as const satisfies readonly OptionRow[]

type KnownOption = (typeof optionRows)[number]

export type OptionName = KnownOption['name']

/** What was given of the options that only one command knows. */
export type OwnOptions = {
  readonly [R in Extract<
    KnownOption,
    { of: Command }
  > as R['name']]?: R extends {
    among: readonly (infer T)[]
  }
    ? T
    : R extends { value: string }
      ? string
      : true
}

/** The row of an option, in its general form. */
export const optionRow = (name: string): OptionRow | undefined =>
  optionRows.find(row => row.name === name)
