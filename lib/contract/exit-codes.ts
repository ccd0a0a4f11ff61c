import { exit } from './failure.ts'

/** What an exit code means to an administrator. */
interface ExitRow {
  /** For the help. */
  short: string
  /** For the documentation. */
  meaning: string
}

const meanings: Readonly<Record<keyof typeof exit, ExitRow>> = {
  ok: { short: 'done', meaning: 'done, or nothing to do' },
  findings: {
    short: 'doctor has found something',
    meaning: 'something is wrong (cook doctor only)',
  },
  changes: {
    short: 'plan has changes',
    meaning: 'there is something to change (cook plan only)',
  },
  usage: { short: 'usage', meaning: 'the command line is wrong' },
  unavailable: {
    short: 'not healthy',
    meaning:
      "configured, but Synapse or the control user's sshd is not healthy, " +
      'or refused a request, or a file system is full: the cause and the ' +
      'end of its log are shown; or cook doctor could not look',
  },
  software: {
    short: 'defect',
    meaning: 'a defect in cook: please report it',
  },
  cantCreate: {
    short: 'cannot write',
    meaning:
      'a file could not be written, or the name of an account is taken: ' +
      'nothing was changed; or the output of cook could not be written',
  },
  tempFail: {
    short: 'try again',
    meaning:
      'another cook is running, or something is lacking for now, such as ' +
      'memory or open files: try again later',
  },
  noPermission: { short: 'not root', meaning: 'root is required' },
  config: {
    short: 'parameters wrong',
    meaning:
      'a parameter, the data set or a local override is wrong: all errors ' +
      'are listed, nothing was changed',
  },
}

/** Every exit code with its meaning, in ascending order. */
export const exitRows: readonly (ExitRow & { code: number })[] = Object.entries(
  exit,
).map(([name, code]) => ({ code, ...meanings[name as keyof typeof exit] }))
