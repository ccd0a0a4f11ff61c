// How fast cook is and how much memory it takes: prints one table, writes it
// into RESULTS.md, and exits with 1 when a goal is missed.
//   make bench

import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { whyNot } from '../test/e2e/setting.ts'
import { measureBoots, measureMemory } from './boot.ts'
import { measureCommands } from './commands.ts'
import { circumstances, executables, names, sizeOf } from './executables.ts'
import { isMissed, renderTable, type Row } from './table.ts'

// Less than four minutes in all.
const limits = {
  commands: { rounds: 40, seconds: 60 },
  boots: { rounds: 25, seconds: 105 },
  memory: { rounds: 3, seconds: 10 },
}
const results = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const kinds = [...executables, 'bundle'] as const

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const commandRows = async (): Promise<Row[]> => {
  const times = await measureCommands(kinds, limits.commands)
  return kinds.flatMap((kind): Row[] => {
    const { floor, rerun, change, first, firstTls } = times[kind]
    const row = { who: names[kind], unit: 'ms', to: floor } as const
    const goal = (times: number) =>
      kind === 'bundle' ? {} : { goal: { times } }
    return [
      { ...row, what: 'floor: cook --version', values: floor },
      { ...row, what: 'rerun, nothing to do', values: rerun, ...goal(2) },
      { ...row, what: 'rerun, one change', values: change },
      { ...row, what: 'first cook, NOSSL=yes', values: first, ...goal(3) },
      { ...row, what: 'first cook, TLS', values: firstTls },
    ]
  })
}

const bootRows = async (): Promise<Row[]> => {
  const boots = await measureBoots(limits.boots)
  const { first200 } = boots.hand
  const what = 'first boot to 200'
  return [
    { what, who: 'by hand', unit: 'ms', values: first200 },
    ...executables.flatMap((kind): Row[] => {
      const row = { who: names[kind], unit: 'ms' } as const
      const { first200: values, lag } = boots[kind]
      return [
        { ...row, what, values, to: first200, goal: { times: 1.08 } },
        { ...row, what: '200 to saying so', values: lag, goal: { most: 100 } },
      ]
    }),
  ]
}

const memoryRows = async (): Promise<Row[]> => {
  const rows: Row[] = []
  for (const kind of executables) {
    const { boot, rerun } = await measureMemory(kind, limits.memory)
    const row = { who: names[kind], unit: 'MiB', goal: { most: 80 } } as const
    rows.push(
      { ...row, what: 'peak memory, first boot', values: boot },
      { ...row, what: 'peak memory, rerun', values: rerun },
    )
  }
  return rows
}

const sizeRows = (): Row[] =>
  kinds.map(kind => ({
    ...{ what: 'size of the file', who: names[kind], unit: 'MiB' },
    values: [sizeOf(kind)],
  }))

/** The text with what stands between the two marks replaced. */
const between = (text: string, table: string): string => {
  const [first, last] = ['<!-- figures -->\n', '<!-- /figures -->\n']
  const [begin, end] = [text.indexOf(first), text.indexOf(last)]
  if (begin < 0 || end < begin) {
    throw new Error(`${results} has no place for the figures`)
  }
  return text.slice(0, begin) + first + table + text.slice(end)
}

const measure = async (): Promise<Row[]> => {
  say('runs below --root')
  const commands = await commandRows()
  say('first boots in the test jail')
  const boots = await bootRows()
  say('memory')
  return [...commands, ...boots, ...(await memoryRows()), ...sizeRows()]
}

const main = async (): Promise<boolean> => {
  const begun = performance.now()
  const facts = circumstances(tmpdir())
  const rows = await measure()
  const seconds = Math.round((performance.now() - begun) / 1000)
  const missed = rows.filter(isMissed).length
  const report = [
    `Made by \`make bench\` (\`node bench/bench.ts\`) in ${seconds} s.`,
    '',
    ...facts.map(fact => `- ${fact}`),
    '',
    renderTable(rows),
    missed === 0 ? 'Every goal is met.' : `Goals missed: ${missed}.`,
    '',
  ].join('\n')
  console.log(report)
  writeFileSync(results, between(readFileSync(results, 'utf8'), report))
  return missed === 0
}

// What is to be removed goes when the process exits in its own way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

const why = kinds.map(whyNot).find(each => each !== false)
if (why) {
  console.error(`nothing can be measured: ${why}`)
  process.exit(1)
}
process.exit((await main()) ? 0 : 1)
