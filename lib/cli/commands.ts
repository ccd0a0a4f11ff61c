// The commands, and the options that are not parameters. A new command is one
// row here and a file of its name in cook/commands/; each new option is one row.

export const formats = ['text', 'markdown', 'env', 'json', 'nomad'] as const

export type Format = (typeof formats)[number]

/** One command: all facts about it, in one place. */
export interface CommandRow {
  name: string
  /** The argument that it needs. */
  operand?: string
  /** Whether every user may run it, not only root. */
  unprivileged?: true
  /** If it reads no parameters and starts nothing: why, to end a message. */
  apart?: string
  /** Whether it accepts --root although it has `apart`. */
  below?: true
  help: string
}

const speaks = 'which only talks to the running Synapse'

export const commandRows = [
  {
    name: 'apply',
    help: 'configure the jail by the parameters and start Synapse (default)',
  },
  { name: 'plan', help: 'print what apply would change; exit 2 for changes' },
  { name: 'check', unprivileged: true, help: 'validate the parameters only' },
  {
    name: 'params',
    unprivileged: true,
    help: 'print the table of parameters',
  },
  {
    name: 'image',
    apart: 'which needs no parameter and starts nothing',
    below: true,
    help: 'prepare a jail image: do all that needs no parameter',
  },
  {
    name: 'status',
    apart: speaks,
    help: 'print whether each service is healthy; exit 69 if not',
  },
  {
    name: 'doctor',
    unprivileged: true,
    apart: 'which looks at the server as it runs',
    help: 'look for what is wrong, and print what fixes it; exit 1 if anything',
  },
  {
    name: 'stop',
    apart: 'which only stops Synapse',
    help: 'stop Synapse, and note the state of its database',
  },
  {
    name: 'restored',
    help: 'after a way back that cook cannot see: apply, without the old one-time keys',
  },
  {
    name: 'user',
    operand: 'NAME',
    apart: speaks,
    help: 'create an account; asks for its password',
  },
  {
    name: 'token',
    apart: speaks,
    help: 'create a registration token, valid for one account',
  },
] as const satisfies readonly CommandRow[]

export type Command = (typeof commandRows)[number]['name']

export const commands: readonly Command[] = commandRows.map(({ name }) => name)

/** The row of a command, with the general type. */
export const commandRow = (command: Command): CommandRow =>
  commandRows.find(({ name }) => name === command)!

/** One option that is not a parameter. */
export interface OptionRow {
  name: string
  /** The name of its value in the help; without it the option takes none. */
  value?: string
  /** The allowed values, if they are limited. */
  among?: readonly string[]
  /** The only command that has it, or `all`: also those with `apart`. */
  of?: Command | 'all'
  help: string
}

export const optionRows = [
  {
    name: 'root',
    value: 'DIR',
    help: 'work on the jail below DIR; do not touch its services',
  },
  {
    name: 'env-file',
    value: 'FILE',
    help: 'read parameters from FILE; can be repeated',
  },
  { name: 'no-start', help: 'configure and enable services, start nothing' },
  {
    name: 'block',
    help: 'stay in the foreground until a signal, then stop the services',
  },
  {
    name: 'nomad',
    of: 'image',
    help: 'for jails whose first process is cook --block',
  },
  {
    name: 'wait',
    of: 'apply',
    value: 'SECONDS',
    help: 'wait up to SECONDS for another cook to finish',
  },
  {
    name: 'ask',
    of: 'apply',
    help: 'test the mail and LDAP servers even if nothing is started',
  },
  {
    name: 'format',
    of: 'params',
    value: 'FORMAT',
    among: formats,
    help: formats.join(', '),
  },
  {
    name: 'for',
    of: 'doctor',
    value: 'HOST',
    help: 'look at the server of that name, as other servers see it',
  },
  {
    name: 'daily',
    of: 'doctor',
    help: 'also look at what takes long; print only what has changed since then',
  },
  { name: 'admin', of: 'user', help: 'create an administrator' },
  {
    name: 'password-file',
    of: 'user',
    value: 'FILE',
    help: 'the password is the first line of FILE',
  },
  { name: 'uses', of: 'token', value: 'N', help: 'valid for N accounts' },
  {
    name: 'expires',
    of: 'token',
    value: 'TIME',
    help: 'valid for TIME from now, such as 30m, 12h, 7d or 4w',
  },
  {
    name: 'json',
    of: 'all',
    help: 'print one JSON object per line, the result last',
  },
  {
    name: 'log',
    of: 'all',
    help: 'write every line to /var/log/cook.log, not only what was done',
  },
  { name: 'quiet', of: 'all', help: 'print only warnings and errors' },
  { name: 'help', of: 'all', help: 'print this help' },
  {
    name: 'version',
    of: 'all',
    help: 'print version, commit and runtime',
  },
] as const satisfies readonly OptionRow[]

type KnownOption = (typeof optionRows)[number]

export type OptionName = KnownOption['name']

/** The given options that only one command has. */
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

/** The row of an option, with the general type. */
export const optionRow = (name: string): OptionRow | undefined =>
  optionRows.find(row => row.name === name)
