// First boots in the test jail, with the real Synapse: by cook, and by hand
// with the files that cook makes.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment, kinds, type Kind } from '../test/e2e/setting.ts'
import { makeJail, type Jail } from '../test/jail/jail.ts'
import { childOf, peakMemory } from './memory.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'

/** Milliseconds, one value for each round. */
export interface Boots {
  /** From the start to the first 200 from /health. */
  first200: number[]
  /** From then on, until cook says that Synapse is healthy. */
  lag: number[]
}

type Way = 'pkg' | 'bun' | 'hand'

/** MiB that cook had at the most, one value for each round. */
export interface Memory {
  boot: number[]
  rerun: number[]
}

// The last of Synapse's listeners to be opened; by cook and by hand alike.
const url = 'http://127.0.0.1:8008/health'
const awaiting = fileURLToPath(new URL('await-200.ts', import.meta.url))
const env = environment()

/** Milliseconds of the clock that all processes share. */
const milliseconds = (clock: bigint): number => Number(clock / 1000n) / 1000

const within = async <T>(
  kind: Kind,
  work: (jail: Jail) => Promise<T>,
): Promise<T> => {
  const jail = await makeJail({ cook: kinds[kind] })
  return work(jail).finally(jail.destroy)
}

const run = async (jail: Jail, argv: string[]): Promise<void> => {
  const { code, stderr } = await jail.exec(argv, { env })
  if (code !== 0) {
    throw new Error(`${argv.join(' ')}: ${stderr}`)
  }
}

/** Starts Synapse by a command; when it answered, and when that was said. */
const start = async (jail: Jail, argv: string[]) => {
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
    const [code] = await once(command, 'exit')
    const answer = code === 0 ? await told.next() : undefined
    if (answer?.value === undefined) {
      throw new Error(`${argv.join(' ')}: Synapse does not answer ${complaint}`)
    }
    const answered = BigInt(answer.value)
    return {
      first200: milliseconds(answered - begun),
      lag: milliseconds(said - answered),
    }
  } finally {
    watcher.stdin!.end()
  }
}

const ways: readonly Way[] = ['pkg', 'bun', 'hand']

const byCook = (kind: Kind) => within(kind, jail => start(jail, ['cook']))

const byHand = () =>
  within('bun', async jail => {
    await run(jail, ['cook', '--no-start'])
    return start(jail, ['service', 'synapse', 'onestart'])
  })

/** Boots fresh jails by turns, with each kind of cook and by hand. */
export const measureBoots = async (
  limit: Limit,
): Promise<Record<Way, Boots>> => {
  const none = (): Boots => ({ first200: [], lag: [] })
  const boots = { pkg: none(), bun: none(), hand: none() }
  await repeat(limit, async number => {
    for (const way of byTurns(ways, number)) {
      const { first200, lag } = await (way === 'hand' ? byHand() : byCook(way))
      boots[way].first200.push(first200)
      boots[way].lag.push(lag)
    }
  })
  return boots
}

const peakOf = async (jail: Jail): Promise<number> => {
  const entering = jail.spawn(['cook'], { env, input: '' })
  entering.stdout!.resume()
  entering.stderr!.resume()
  const ended = once(entering, 'exit')
  const peak = await peakMemory(await childOf(entering.pid!))
  const [code] = await ended
  if (code !== 0) {
    throw new Error(`cook ended with ${code}`)
  }
  return peak
}

/** Boots a fresh jail and reruns cook in it, once in each round. */
export const measureMemory = async (
  kind: Kind,
  limit: Limit,
): Promise<Memory> => {
  const memory: Memory = { boot: [], rerun: [] }
  await repeat(limit, () =>
    within(kind, async jail => {
      memory.boot.push(await peakOf(jail))
      memory.rerun.push(await peakOf(jail))
    }),
  )
  return memory
}
