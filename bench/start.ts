// One start of Synapse in a test jail, and when it answers.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment } from '../test/e2e/setting.ts'
import { makeJail, type Jail } from '../test/jail/jail.ts'
import { childOf, processorTime } from './processes.ts'

/** Milliseconds. */
export interface Start {
  /** From the start to the first 200 from /health. */
  first200: number
  /** From then on, until cook says that Synapse is healthy. */
  lag: number
  /** How long the command itself, and no child of it, had a processor. */
  busy: number
}

// The last of Synapse's listeners to be opened; by cook and by hand alike.
const url = 'http://127.0.0.1:8008/health'
const awaiting = fileURLToPath(new URL('await-200.ts', import.meta.url))

/** Milliseconds of the clock that all processes share. */
const milliseconds = (clock: bigint): number => Number(clock / 1000n) / 1000

/** Makes a jail with an executable, for as long as the work takes. */
export const within = async <T>(
  cook: string,
  work: (jail: Jail) => Promise<T>,
): Promise<T> => {
  const jail = await makeJail({ cook })
  return work(jail).finally(jail.destroy)
}

/**
 * Runs a command in a jail to its end.
 * @throws {Error} when it does not end with 0
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

/** Starts Synapse by a command, and says when it answered and was said to. */
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
