// Writes the parts of the documents that come from tables of the program, each
// between <!-- made by make docs: NAME --> and <!-- end -->. `node
// build/docs.mjs` writes them. With --check it changes nothing, names each
// document that is stale, and exits 1 if there is one.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandRows, optionRows } from '../lib/cli/commands.ts'
import { findingRows } from '../lib/contract/findings/findings.ts'
import { exitRows } from '../lib/contract/exit-codes.ts'
import { placeGroups } from '../lib/contract/place.ts'
import { renderParams } from '../lib/cli/usage.ts'
import { places } from './places.mjs'
import { root } from './project.mjs'

const cell = text => text.replaceAll('|', '\\|').replaceAll('<', '\\<')

const table = (titles, rows) =>
  [titles, titles.map(() => '---'), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')

const code = words => `\`${words.filter(Boolean).join(' ')}\``

const commands = () =>
  table(
    ['command', 'what it does'],
    commandRows.map(({ name, operand, help }) => [
      code(['cook', name, operand]),
      cell(help),
    ]),
  )

// The commands that lib/cli/command-line.ts accepts the option for.
const knownBy = ({ name, of }) =>
  of === 'all'
    ? 'all commands'
    : commandRows
        .filter(command =>
          of === undefined
            ? !command.apart || (command.below && name === 'root')
            : command.name === of,
        )
        .map(({ name }) => name)
        .join(', ')

const options = () =>
  table(
    ['option', 'of', 'what it does'],
    optionRows.map(row => [
      code([`--${row.name}`, row.value]),
      knownBy(row),
      cell(row.help),
    ]),
  )

const exits = () =>
  table(
    ['exit', 'meaning'],
    exitRows.map(({ code, meaning }) => [code, cell(meaning)]),
  )

const files = () =>
  Object.entries(placeGroups)
    .map(([group, title]) =>
      [
        `## ${title}`,
        table(
          ['path', 'owner, group, mode', 'what'],
          places
            .filter(each => each.group === group)
            .map(({ paths, access, what }) => [
              paths.map(path => code([path])).join(', '),
              access ?? '',
              cell(what),
            ]),
        ),
      ].join('\n\n'),
    )
    .join('\n\n')

const findings = () =>
  table(
    ['finding', 'what is wrong', 'what fixes it', 'may follow from'],
    findingRows.map(({ name, meaning, remedy, after = [] }) => [
      code([name]),
      cell(meaning),
      cell(remedy),
      after.map(each => code([each])).join(', '),
    ]),
  )

const parameters = () => renderParams('markdown').trim()

const parts = { commands, options, exits, files, findings, parameters }

const isStale = path => {
  const text = readFileSync(path, 'utf8')
  const fresh = text.replace(
    /(<!-- made by make docs: (\w+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin, name, end) => `${begin}\n${parts[name]()}\n\n${end}`,
  )
  if (fresh !== text && !process.argv.includes('--check')) {
    writeFileSync(path, fresh)
  }
  return fresh !== text
}

const stale = readdirSync(join(root, 'docs'))
  .filter(name => name.endsWith('.md'))
  .filter(name => isStale(join(root, 'docs', name)))

if (process.argv.includes('--check') && stale.length > 0) {
  for (const name of stale) {
    console.error(`error: docs/${name} is stale: run make docs`)
  }
  process.exitCode = 1
}
