import { exit } from './failure.ts'

/** What an exit code tells an administrator. */
interface ExitRow {
  /** For the help. */
  short: string
  /** For the documents. */
  meaning: string
}

const meanings: Readonly<Record<keyof typeof exit, ExitRow>> = {
  ok: { short: 'done', meaning: 'done, or nothing to do' },
  changes: {
    short: 'plan has changes',
    meaning: 'cook plan only: there is something to change',
  },
  usage: { short: 'usage', meaning: 'the command line is not understood' },
  unavailable: {
    short: 'not healthy',
    meaning:
      "configured, but Synapse, or the control user's sshd, is not healthy " +
      'or does not do what it was asked: the cause and the end of its log ' +
      'are shown',
  },
  software: {
    short: 'defect',
    meaning: 'a defect in cook: please report it',
  },
  cantCreate: {
    short: 'cannot write',
    meaning:
      'a file could not be written, or the name of an account is taken; ' +
      'nothing was changed',
  },
  tempFail: { short: 'locked', meaning: 'another cook is at work' },
  noPermission: { short: 'not root', meaning: 'not root' },
  config: {
    short: 'parameters wrong',
    meaning:
      'parameters, data set or own settings are wrong: all of it is told, ' +
      'nothing was changed',
  },
}

/** Every exit code with what it means, in ascending order. */
export const exitRows: readonly (ExitRow & { code: number })[] = Object.entries(
  exit,
).map(([name, code]) => ({ code, ...meanings[name as keyof typeof exit] }))
