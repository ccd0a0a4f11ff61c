// The measured values as rows of the table, with the goals.

import type { Kind } from '../test/e2e/setting.ts'
import type { Times } from './commands.ts'
import { names } from './executables.ts'
import { above, type Series } from './figures.ts'
import type { Growing, Size } from './growth.ts'
import type { Asked } from './outside.ts'
import type { Peaks } from './peaks.ts'
import type { Start } from './start.ts'
import type { Row } from './table.ts'

/** At most so many times the value that a row is compared with, if any. */
const times = (most: number | undefined): Pick<Row, 'goal'> =>
  most === undefined ? {} : { goal: { times: most } }

// The Bun executable is the one that FreeBSD uses.
const goals: Readonly<Record<Kind, { rerun?: number; first?: number }>> = {
  bun: { rerun: 1.5, first: 2 },
  pkg: { rerun: 2, first: 3 },
  bundle: {},
}

/** Runs that start nothing, compared with `cook --version`. */
export const commandRows = (kind: Kind, measured: Times): Row[] => {
  const { floor: to, rerun, change, first, firstTls } = measured
  const row = { who: names[kind], unit: 'ms', to } as const
  const most = goals[kind]
  const goal = { rerun: times(most.rerun), first: times(most.first) }
  return [
    { ...row, what: 'floor: cook --version', values: to },
    { ...row, what: 'rerun, nothing to do', values: rerun, ...goal.rerun },
    { ...row, what: 'rerun, one change', values: change },
    { ...row, what: 'first cook, NOSSL=yes', values: first, ...goal.first },
    { ...row, what: 'first cook, TLS', values: firstTls },
  ]
}

// Ten times as many of something may add ten times as much, and some noise. If
// the cost is quadratic, it adds a hundred times as much.
const linear = 15

const stages = { rerun: 'rerun', first: 'first cook' }
const things = { files: 'files', authorities: 'CAs' }

/**
 * Runs with more and more of something, compared with none of it; and what the
 * largest number adds, compared with what a tenth of it adds.
 */
export const growthRows = (
  kind: Kind,
  what: Growing,
  sizes: readonly Size[],
): Row[] =>
  (['rerun', 'first'] as const).flatMap(stage => {
    const row = { who: names[kind], unit: 'ms' } as const
    const to = sizes[0]?.[stage] ?? []
    const rows = sizes.map(({ count, [stage]: values }) => {
      const name = `${stages[stage]}, ${count} ${things[what]}`
      return { ...row, what: name, values, to }
    })
    const [tenth, most] = sizes.slice(-2)
    const added = {
      what: `${rows.at(-1)?.what}, extra of ${tenth?.count}`,
      values: above(most?.[stage] ?? [], to),
      to: above(tenth?.[stage] ?? [], to),
    }
    return [...rows, { ...row, ...added, ...times(linear) }]
  })

const boot = 'first boot to 200'

const of = (figure: keyof Start, starts: readonly Start[]): Series =>
  starts.map(each => each[figure])

export const handRow = (hand: readonly Start[]): Row => ({
  what: boot,
  who: 'by hand',
  unit: 'ms',
  values: of('first200', hand),
})

/** First boots by cook, compared with those by hand. */
export const bootRows = (
  kind: Kind,
  by: readonly Start[],
  hand: readonly Start[],
): Row[] => {
  const row = { who: names[kind], unit: 'ms' } as const
  const [values, to] = [of('first200', by), of('first200', hand)]
  const goal = { most: 100 }
  return [
    { ...row, what: boot, values, to, ...times(1.08) },
    { ...row, what: '200 to saying so', values: of('lag', by), goal },
  ]
}

/**
 * First boots with mail and LDAP, with and without probes; and the processor
 * time of the probes. They delay Synapse by at most this time, which can be
 * measured without the noise of a boot.
 */
export const askingRows = ({ asked, unasked }: Asked): Row[] => {
  const row = { who: names.bun, unit: 'ms' } as const
  const what = `${boot}, mail and LDAP`
  const asking = 'asking: time of a processor'
  const [values, to] = [of('first200', asked), of('first200', unasked)]
  const busy = above(of('busy', asked), of('busy', unasked))
  return [
    { ...row, what: `${what}, not asked`, values: to },
    { ...row, what: `${what}, asked`, values, to, ...times(1.02) },
    { ...row, what: asking, values: busy, to, ...times(0.02) },
  ]
}

export const peakRows = (kind: Kind, peaks: Peaks): Row[] => {
  const row = { who: names[kind], unit: 'MiB' } as const
  const goal = { most: 80 }
  return [
    { ...row, what: 'peak memory, first boot', values: peaks.boot, goal },
    { ...row, what: 'peak memory, rerun', values: peaks.rerun, goal },
    { ...row, what: 'first boot, 100 CAs', values: peaks.authorities },
  ]
}

export const sizeRow = (kind: Kind, size: number): Row => ({
  what: 'size of the file',
  who: names[kind],
  unit: 'MiB',
  values: [size],
})
