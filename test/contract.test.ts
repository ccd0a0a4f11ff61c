// The rules behind the recipes for a new parameter, template or service.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { commands } from '../lib/cli/commands.ts'
import { quotes } from '../lib/formats/quote.ts'
import { services } from '../lib/services/index.ts'
import { kinds } from '../lib/params/kind.ts'
import { paramKey, rows } from '../lib/params/params.ts'
import { isSecret } from '../lib/params/row.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(project, path), 'utf8')
const below = (folder: string) =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map(
    name => join(folder, name),
  )

const sources = ['lib', 'cook']
  .flatMap(below)
  .filter(path => path.endsWith('.ts'))
const templates = below('templates')

t.test('names, flags and groups are consistent', async t => {
  t.equal(new Set(rows.map(row => row.name)).size, rows.length)
  const plain = rows.map(row => row.flag.replaceAll('-', ''))
  t.equal(new Set(plain).size, rows.length, 'also without hyphens')
  for (const { name, flag } of rows) {
    t.match(name, /^[A-Z]+$/)
    t.match(flag, /^[a-z]+(-[a-z]+)*$/)
    t.equal(flag.replaceAll('-', '').toUpperCase(), name, 'one name')
  }
  const groups = rows.map(row => row.group)
  const changes = groups.filter((group, at) => group !== groups[at - 1])
  t.equal(
    new Set(groups).size,
    changes.length,
    'the rows of a group are together',
  )
})

t.test('a help text is a phrase in lower case without a full stop', async t => {
  // Proper names keep their upper case.
  const names = /^(LDAP|Synapse|cook|[a-z])/
  for (const { name, help, absent } of rows) {
    for (const text of [help, ...(absent === undefined ? [] : [absent])]) {
      t.match(text, names, `${name}: ${text}`)
      t.notMatch(text, /[.!?]$|[.!?] |["\n]/, `${name}: ${text}`)
      t.ok(text.length <= 76, `${name} fits on a line`)
    }
  }
})

t.test('examples and defaults are valid for their kind', async t => {
  for (const row of rows) {
    for (const text of [row.example, row.default ?? row.example]) {
      const parsed = kinds[row.kind].parse(text)
      t.ok('value' in parsed, `${row.name} ${text}`)
    }
    t.not(row.example, row.default, `${row.name}: an example that differs`)
  }
})

t.test('each row says in one way what is used if not given', async t => {
  for (const row of rows) {
    const said = [row.required, row.default, row.absent]
    t.equal(said.filter(each => each !== undefined).length, 1, row.name)
  }
})

t.test('a secret has no default and is not required', async t => {
  t.same(
    rows.filter(row => isSecret(row) && (row.default ?? row.required)),
    [],
  )
  for (const { name } of rows.filter(row => /SECRET|PASS/.test(row.name))) {
    t.ok(
      rows.some(row => row.name === name && isSecret(row)),
      name,
    )
  }
})

t.test('every parameter is used', async t => {
  const about = new Set(['lib/params/check.ts', 'lib/cli/usage.ts'])
  const users = sources
    .filter(path => !about.has(path))
    .map(read)
    .join('\n')
  for (const row of rows) {
    const key = paramKey(row)
    const use = `\\b(params|right)\\.${key}\\b|[{,]\\s*${key}\\s*[,}]`
    t.match(users, new RegExp(use), row.name)
  }
})

t.test('every parameter is named in the template that uses it', async t => {
  // Parameters that no template uses.
  const elsewhere = new Set(['ADMINPASS', 'ADMINUSER', 'LOGTO', 'STARTTIMEOUT'])
  const text = templates.map(read).join('\n')
  for (const { name } of rows.filter(row => !elsewhere.has(row.name))) {
    t.match(text, new RegExp(`# ${name}\\b`), name)
  }
})

t.test('every template is used, and its extension has a quoting', async t => {
  const users = sources.map(read).join('\n')
  for (const path of templates) {
    const name = path.replace(/^templates\/|\.ejs$/g, '')
    t.match(users, `render('${name}'`, path)
    t.ok(Object.hasOwn(quotes, name.split('.').at(-1)!), path)
  }
})

t.test('every command has a row and a file', async t => {
  const files = readdirSync(join(project, 'cook/commands'))
  t.same(files.toSorted(), commands.map(name => `${name}.ts`).toSorted())
})

t.test('every service is in the list', async t => {
  const folders = readdirSync(join(project, 'lib/services'), {
    withFileTypes: true,
  })
  const names = folders.filter(each => each.isDirectory()).map(e => e.name)
  t.same(services.map(({ name }) => name).toSorted(), names.toSorted())
})

/** Text that a template prints unquoted, and why that is safe. */
const unquoted: Readonly<Record<string, string>> = {
  'templates/homeserver.yaml.ejs overlayDir': 'a path of cook, in a comment',
  "templates/homeserver.yaml.ejs listener.fromIp ? '  # IP' : ''":
    'a comment, written in the template itself',
}

t.test('a template prints text unquoted only for a known reason', async t => {
  const found = templates.flatMap(path =>
    [...read(path).matchAll(/<%-\s*([^]*?)\s*[-_]?%>/g)].map(
      ([, code]) => `${path} ${code}`,
    ),
  )
  t.same(found.toSorted(), Object.keys(unquoted).toSorted())
})

t.test('no file is longer than 250 lines', async t => {
  const long = sources.flatMap(path => {
    const lines = read(path).trimEnd().split('\n').length
    return lines > 250 ? [`${path}: ${lines}`] : []
  })
  t.same(long, [])
})
