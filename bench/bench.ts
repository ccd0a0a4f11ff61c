// Measures the speed and the memory of cook: prints one table, writes it into
// RESULTS.md, and exits 1 if a goal is missed.
//   make bench
//   node bench/bench.ts 10    a tenth of the rounds; RESULTS.md stays as it is

import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { whyNot } from '../test/e2e/setting.ts'
import { measureBoots } from './boot.ts'
import { measureCommands } from './commands.ts'
import { circumstances, executables, sizeOf } from './executables.ts'
import { measureGrowth, type Growing } from './growth.ts'
import { measureAsking } from './outside.ts'
import { measurePeaks } from './peaks.ts'
import { scaled, type Limit } from './rounds.ts'
import {
  askingRows,
  bootRows,
  commandRows,
  growthRows,
  handRow,
  peakRows,
  sizeRow,
} from './rows.ts'
import { renderTable, verdict, type Row, type Verdict } from './table.ts'

// Less than six minutes in all. Growth is measured four times, for two things
// and two kinds of cook, and peak memory twice.
const percent = Number(process.argv[2] ?? 100)
const limit = (rounds: number, seconds: number): Limit =>
  scaled({ rounds, seconds }, percent)
const limits = {
  commands: limit(40, 45),
  boots: limit(25, 90),
  asking: limit(30, 100),
  growth: limit(9, 17),
  peaks: limit(3, 8),
}
const results = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const kinds = [...executables, 'bundle'] as const
const growing: readonly Growing[] = ['files', 'authorities']

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const measure = async (): Promise<Row[]> => {
  say('runs below --root')
  const times = await measureCommands(kinds, limits.commands)
  const rows = kinds.flatMap(kind => commandRows(kind, times[kind]))
  say('more and more files and authorities')
  for (const kind of executables) {
    for (const what of growing) {
      const sizes = await measureGrowth(kind, what, limits.growth)
      rows.push(...growthRows(kind, what, sizes))
    }
  }
  say('first boots in the test jail')
  const { hand, ...boots } = await measureBoots(limits.boots)
  rows.push(handRow(hand))
  rows.push(...executables.flatMap(kind => bootRows(kind, boots[kind], hand)))
  say('first boots with a mail server and an LDAP server')
  rows.push(...askingRows(await measureAsking(limits.asking)))
  say('memory')
  for (const kind of executables) {
    rows.push(...peakRows(kind, await measurePeaks(kind, limits.peaks)))
  }
  return [...rows, ...kinds.map(kind => sizeRow(kind, sizeOf(kind)))]
}

/** The text with everything between the two marks replaced. */
const between = (text: string, table: string): string => {
  const [first, last] = ['<!-- figures -->\n', '<!-- /figures -->\n']
  const [begin, end] = [text.indexOf(first), text.indexOf(last)]
  if (begin < 0 || end < begin) {
    throw new Error(`${results} has no place for the figures`)
  }
  return text.slice(0, begin) + first + table + text.slice(end)
}

const conclusion = (rows: readonly Row[]): string => {
  const count = (wanted: Verdict): number =>
    rows.filter(row => verdict(row) === wanted).length
  const [missed, noise] = [count('MISSED'), count('noise')]
  return missed + noise === 0
    ? 'Every goal is met.'
    : `Goals missed: ${missed}; too much noise to tell: ${noise}.`
}

const main = async (): Promise<boolean> => {
  const begun = performance.now()
  const facts = circumstances(tmpdir())
  const rows = await measure()
  const seconds = Math.round((performance.now() - begun) / 1000)
  const report = [
    `Made by \`make bench\` (\`node bench/bench.ts\`) in ${seconds} s.`,
    '',
    ...facts.map(fact => `- ${fact}`),
    '',
    renderTable(rows),
    conclusion(rows),
    '',
  ].join('\n')
  console.log(report)
  if (percent >= 100) {
    writeFileSync(results, between(readFileSync(results, 'utf8'), report))
  }
  return rows.every(row => verdict(row) !== 'MISSED')
}

// At a normal exit of the process, temporary directories are removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

const why = kinds.map(whyNot).find(each => each !== false)
if (why) {
  console.error(`cannot measure anything: ${why}`)
  process.exit(1)
}
process.exit((await main()) ? 0 : 1)
