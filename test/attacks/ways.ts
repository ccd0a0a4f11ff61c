// The ways to run cook beside attackers.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Setting } from '../e2e/setting.ts'
import { environment } from '../e2e/setting.ts'
import type { Done } from '../jail/run.ts'
import { until } from '../support/until.ts'
import { namedIn, type Who } from './armoury.ts'

/** One way: its arguments in a run of this number, and its standard input. */
interface Way {
  args: (run: number) => string[]
  input?: (run: number) => string
  /** Whether it reads no parameters of the environment. */
  apart?: true
  /** Parameters of this way, or those that it takes away. */
  more?: (run: number) => Record<string, string>
  /** Whether it stays in the foreground until a signal. */
  stays?: true
}

// A start that the attackers prevent ends soon.
const soon = ['--start-timeout', '4']

const changed = (run: number): string[] => ['--max-upload', `${run + 10}M`]

const whos = Object.keys(namedIn) as Who[]

/** A file in a directory of one user after another. */
const named = (run: number, name: string): string =>
  `${namedIn[whos[run % whos.length]!]}/${name}`

const mail = {
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'cook@example.com',
  SMTPUSER: 'cook',
}

/** Who is created with the password of a file in a user's directory. */
const fromFile = (run: number): string => `file${run}`

/** The ways with attackers; each changes what an earlier one has set. */
export const ways: readonly Way[] = [
  { args: run => [...changed(run), ...soon] },
  { args: () => ['stop'], apart: true },
  {
    args: run => [...changed(run), '--block', ...soon],
    more: () => ({ LOGTO: 'stdout' }),
    stays: true,
  },
  {
    args: run => ['user', `user${run}`],
    input: run => `a password of user${run}\n`,
    apart: true,
  },
  { args: run => ['--no-start', ...changed(run)] },
  {
    args: run => ['--env-file', named(run, 'given.env'), '--no-start'],
    more: () => ({ ...mail, SMTPPASS: 'a password' }),
  },
  {
    args: () => soon,
    more: run => ({ ...mail, SMTPPASS_FILE: named(run, 'given') }),
  },
  { args: () => soon },
  { args: () => ['token'], apart: true },
  {
    args: run => [
      'user',
      fromFile(run),
      '--password-file',
      named(run, 'given'),
    ],
    apart: true,
  },
  { args: run => ['plan', ...changed(run)] },
  { args: () => ['status'], apart: true },
  { args: () => ['restored', ...soon] },
  { args: () => ['check'] },
  {
    args: run => ['check', '--env-file', named(run, 'given.env')],
    more: run => ({ ...mail, SMTPPASS_FILE: named(run + 1, 'given') }),
  },
  { args: () => ['image'], apart: true },
  { args: () => ['--no-start'], more: () => ({ LOGTO: 'stdout' }) },
  { args: run => ['--no-ssl', run % 2 ? 'yes' : 'no', ...soon] },
  {
    args: run => ['--json', '--log-level', run % 2 ? 'DEBUG' : 'INFO', ...soon],
  },
]

/** A hang, in milliseconds: a run takes some seconds. */
const hang = 300_000

/** Lets cook stay for a while after the start, and stops it. */
const staying = async (
  jail: Setting['jail'],
  argv: string[],
  env: Record<string, string>,
): Promise<Done> => {
  const child = jail.spawn(['cook', ...argv], { env, input: '' })
  const timer = setTimeout(() => child.kill('SIGKILL'), hang)
  const ended = once(child, 'close')
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', text => (stderr += text))
  // It may end before, if the attackers prevent the start.
  const begun = /synapse is healthy|nothing to do/
  await until(() => child.exitCode !== null || begun.test(stdout))
  // Meanwhile it shows what the attackers write into the log.
  await sleep(1000)
  child.kill('SIGTERM')
  const [code, signal] = await ended
  clearTimeout(timer)
  return { code: code ?? -1, signal, stdout, stderr }
}

/** Runs cook in the way of this number. */
export const runWay = async (
  { jail }: Setting,
  parameters: Record<string, string>,
  run: number,
): Promise<Done & { args: string[]; user?: string }> => {
  const { args, input, apart, more, stays } = ways[run % ways.length]!
  const argv = args(run)
  const given = { ...parameters, ...more?.(run) }
  const env = environment(apart ? {} : given)
  const done = stays
    ? await staying(jail, argv, env)
    : await jail.exec(['cook', ...argv], {
        env,
        input: input?.(run) ?? '',
        timeout: hang,
      })
  const created = argv[1] === fromFile(run) && done.code === 0
  return { ...done, args: argv, ...(created ? { user: argv[1]! } : {}) }
}
