// The documents: the parts made from tables are fresh, all links and files
// exist, and no remedy is missing.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parseCommandLine } from '../lib/cli/command-line.ts'
import { exitRows } from '../lib/contract/exit-codes.ts'
import { renderParams } from '../lib/cli/usage.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(project, path), 'utf8')

const documents = [
  ...['.', 'docs', 'bench'].flatMap(folder =>
    readdirSync(join(project, folder)).map(name => join(folder, name)),
  ),
  ...readdirSync(join(project, 'docs/decisions')).map(name =>
    join('docs/decisions', name),
  ),
].filter(path => path.endsWith('.md'))

/** A text without code. */
const prose = (text: string): string =>
  text.replaceAll(/^ *```[^]*?^ *```$/gm, '').replaceAll(/`[^`\n]+`/g, '')

/** The names of headings, as GitHub makes them. */
const anchors = (path: string): string[] =>
  [
    ...read(path)
      .replaceAll(/^ *```[^]*?^ *```$/gm, '')
      .matchAll(/^#+ (.*)$/gm),
  ]
    .map(([, title = '']) => title.toLowerCase().replaceAll(/[^\w\s-]/g, ''))
    .map(title => title.replaceAll(' ', '-'))

/** The links of a document, except for those to other sites. */
const links = (path: string): string[] =>
  [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target))

/** Blocks of code of one kind, each as one text. */
const blocks = (path: string, kind: string): string[] =>
  [...read(path).matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)]
    .filter(([, , language]) => language === kind)
    .map(([, indent = '', , text = '']) =>
      text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    )

t.test('the parts that make docs writes are fresh', async t => {
  const script = join(project, 'build/docs.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
  t.equal(status, 0)
  const parts = documents
    .map(read)
    .flatMap(text => text.match(/^<!-- made by make docs: \w+ -->$/gm) ?? [])
  const names = [
    ...['commands', 'exits', 'files', 'findings', 'options', 'parameters'],
  ]
  t.same(
    parts.toSorted(),
    names.map(name => `<!-- made by make docs: ${name} -->`),
  )
  t.ok(read('docs/parameters.md').includes(`\n${renderParams('markdown')}`))
})

t.test('every link leads to an existing file and heading', async t => {
  for (const path of documents) {
    for (const target of links(path)) {
      const [file = '', heading] = target.split('#')
      const there = file === '' ? path : join(dirname(path), file)
      t.ok(existsSync(join(project, there)), `${path}: ${target}`)
      if (heading !== undefined) {
        t.ok(anchors(there).includes(heading), `${path}: ${target}`)
      }
    }
  }
})

t.test('every document can be reached from the README', async t => {
  const seen = new Set(['README.md'])
  for (const path of seen) {
    for (const target of links(path)) {
      const there = join(dirname(path), target.split('#')[0] ?? '')
      there.endsWith('.md') && seen.add(there)
    }
  }
  t.same(
    documents.filter(path => !seen.has(path)),
    [],
  )
})

t.test('the README fits on two screens', async t => {
  t.ok(read('README.md').split('\n').length <= 101)
})

t.test('a line of prose has at most 80 columns', async t => {
  const made = /<!-- figures: [^]*?<!-- \/figures -->|^```diff\n[^]*?^```$/gm
  // CONTRIBUTING has the tree of the files in it.
  const others = /^(bench|CONTRIBUTING)\b/
  for (const path of documents.filter(path => !others.test(path))) {
    const long = read(path)
      .replaceAll(made, '')
      .split('\n')
      // A row of a table, a command or a rule of haproxy cannot be broken.
      .filter(line => line.length > 80)
      .filter(line => !/^(\||pot | {4}http-request )/.test(line))
    t.same(long, [], path)
  }
})

t.test('every exit code has its remedy', async t => {
  const headings = anchors('docs/operations.md').join('\n')
  for (const { code } of exitRows.filter(({ code }) => code !== 0)) {
    t.match(headings, new RegExp(`^exit-${code}(-|$)`, 'm'), String(code))
  }
})

t.test('every file that a document names exists', async t => {
  const names =
    /(?:`|^\+\+\+ b\/)((?:bench|build|cook|flavour|lib|templates|test)\/[^`\s]+)/gm
  for (const path of documents) {
    for (const [, name = ''] of read(path).matchAll(names)) {
      t.ok(existsSync(join(project, name)), `${path}: ${name}`)
    }
  }
})

/** The arguments of each cook in a block of commands. */
const runsIn = (block: string): string[][] =>
  block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map(line => line.replace(/#.*/, '').match(/(?:^|\| )cook\b(.*)$/)?.[1])
    .filter(words => words !== undefined)
    .map(words => words.split(/\s+/).filter(word => word !== ''))

t.test('cook accepts every command line in the documents', async t => {
  const runs = documents
    .flatMap(path => blocks(path, 'sh'))
    .flatMap(runsIn)
    // An address, a name or a path tells nothing about options.
    .filter(argv => !argv.includes('FILE'))
  t.ok(runs.length >= 10, `${runs.length} of them`)
  for (const argv of runs) {
    t.doesNotThrow(() => parseCommandLine(argv), argv.join(' '))
  }
})

const sources = ['lib', 'cook'].flatMap(folder =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name)),
)

/** The arguments of a command line in a sentence; a name alone is none. */
const argvOf = (words: string): string[] => {
  const argv = words
    .replaceAll(/\$\{\w+\}/g, 'X')
    .trim()
    .split(/\s+/)
  return argv.length > 1 || argv[0]?.startsWith('-') ? argv : []
}

t.test('cook accepts every command line in a sentence', async t => {
  const inDocuments = documents
    // Its parameter does not exist: whoever follows the page makes it.
    .filter(path => path !== 'docs/first-change.md')
    .flatMap(path => [
      ...read(path).matchAll(/(?<!`)`(?:dist\/)?cook\s([^`]+)`(?!`)/g),
    ])
  const inMessages = sources.flatMap(path => [
    ...read(path).matchAll(
      /(?<!\/\/.*)\bcook ((?:[a-z]+ )?--[a-z-]+(?: [A-Z]{2,}| \$\{\w+\})*)/g,
    ),
  ])
  const runs = [...inDocuments, ...inMessages]
    .map(([, words = '']) => argvOf(words))
    .filter(argv => argv.length > 0)
  t.ok(inDocuments.length >= 30 && inMessages.length >= 3)
  for (const argv of runs) {
    t.doesNotThrow(() => parseCommandLine(argv), argv.join(' '))
  }
})

t.test('the diff of the first change applies', async t => {
  const [, diff = ''] =
    read('docs/first-change.md').match(/```diff\n([^]*?)```/) ?? []
  const { status, stderr } = spawnSync('git', ['apply', '--check', '-'], {
    cwd: project,
    input: diff,
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
})
