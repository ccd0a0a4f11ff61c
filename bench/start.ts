// One start of Synapse in a test jail, and the time until it answers.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment } from '../test/e2e/setting.ts'
import { makeJail, type Jail } from '../test/jail/jail.ts'
import { childOf, processorTime } from './processes.ts'

/** Milliseconds. */
export interface Start {
  /** From the start to the first 200 of /health. */
  first200: number
  /** From then on until cook reports that Synapse is healthy. */
  lag: number
  /** The processor time of the command itself, without its children. */
  busy: number
}

// The last listener of Synapse to open; the same by cook and by hand.
const url = 'http://127.0.0.1:8008/health'
const awaiting = fileURLToPath(new URL('await-200.ts', import.meta.url))

/** Milliseconds of the clock that all processes share. */
const milliseconds = (clock: bigint): number => Number(clock / 1000n) / 1000

/** Creates a jail with an executable for the duration of the work. */
export const within = async <T>(
  cook: string,
  work: (jail: Jail) => Promise<T>,
): Promise<T> => {
  const jail = await makeJail({ cook })
  return work(jail).finally(jail.destroy)
}

/**
 * Runs a command in a jail to its end.
 * @throws {Error} if it does not exit 0
 */
export const run = async (
  jail: Jail,
  argv: string[],
  env = environment(),
): Promise<void> => {
  const { code, stderr } = await jail.exec(argv, { env })
  if (code !== 0) {
    throw new Error(`${argv.join(' ')}: ${stderr}`)
  }
}

/** Starts Synapse with a command; returns when it answered and was reported. */
export const start = async (
  jail: Jail,
  argv: string[],
  env = environment(),
): Promise<Start> => {
  const asking = [process.execPath, awaiting, url]
  const watcher = jail.spawn(asking, { host: true, env: {} })
  try {
    const told = createInterface(watcher.stdout!)[Symbol.asyncIterator]()
    await told.next()
    const begun = process.hrtime.bigint()
    const command = jail.spawn(argv, { env, input: '' })
    let said = begun
    let complaint = ''
    command.stderr!.on('data', text => (complaint += String(text)))
    createInterface(command.stdout!).on('line', line => {
      said = line.includes('is healthy') ? process.hrtime.bigint() : said
    })
    const ended = once(command, 'exit')
    const busy = processorTime(await childOf(command.pid!))
    const [code] = await ended
    const answer = code === 0 ? await told.next() : undefined
    if (answer?.value === undefined) {
      throw new Error(`${argv.join(' ')}: Synapse does not answer ${complaint}`)
    }
    const answered = BigInt(answer.value)
    return {
      first200: milliseconds(answered - begun),
      lag: milliseconds(said - answered),
      busy: await busy,
    }
  } finally {
    watcher.stdin!.end()
  }
}
