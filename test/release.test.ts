// What a release has besides its executables, built in two places.
// COOK_PROOF=all builds the executables twice as well.

import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const project = join(import.meta.dirname, '..')
const isWhole = process.env['COOK_PROOF'] === 'all'
const sources = [
  'build',
  'build.mjs',
  'cook',
  'flavour',
  'lib',
  'package-lock.json',
  'package.json',
  'templates',
]

const sh = (cwd: string, script: string, env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  })
  if (status !== 0) throw new Error(`${script}: ${stdout}${stderr}`)
  return stdout
}

const commit = `git init -q && git add -A && git -c user.name=x \
-c user.email=x@example.com commit -qm x`

/** Builds a copy of the project there. @returns its dist folder */
const buildIn = (folder: string, mask: string, env = {}): string => {
  mkdirSync(join(folder, '.cache'), { recursive: true })
  for (const name of sources) {
    cpSync(join(project, name), join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, '.gitignore'), '/node_modules\n/.cache\n/dist\n')
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  for (const name of readdirSync(join(project, '.cache'))) {
    if (name.startsWith('oven-bun-')) {
      symlinkSync(join(project, '.cache', name), join(folder, '.cache', name))
    }
  }
  const made = '2026-03-01T12:00:00Z'
  const dates = { GIT_AUTHOR_DATE: made, GIT_COMMITTER_DATE: made }
  sh(folder, commit, dates)
  const what = isWhole ? 'release' : 'light'
  sh(folder, `umask ${mask}; '${process.execPath}' build.mjs ${what}`, env)
  return join(folder, 'dist')
}

t.test('two places give the same bytes', async t => {
  const top = t.testdir()
  const one = buildIn(join(top, 'a'), '022')
  const other = buildIn(join(top, 'another one', 'b'), '077', {
    TZ: 'Asia/Tokyo',
    LC_ALL: 'de_DE.UTF-8',
  })
  const names = readdirSync(one)
  t.ok(names.length >= 5)
  t.same(readdirSync(other), names)
  for (const name of names) {
    const [a, b] = [one, other].map(at => readFileSync(join(at, name)))
    t.ok(a?.equals(b ?? Buffer.alloc(0)), name)
  }

  t.test('its list is CycloneDX, and of what is inside', async t => {
    const text = readFileSync(join(one, 'cook.cdx.json'), 'utf8')
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
    t.equal(await validator.validate(text), null)
    const wrong = text.replace('"application"', '"nothing"')
    t.not(await validator.validate(wrong), null, 'it would tell')
    const list = JSON.parse(text) as { components: Component[] }
    const told = list.components.filter(({ type }) => type === 'library')
    const bundle = readFileSync(join(one, 'cook.cjs'), 'utf8')
    const inside = bundle.matchAll(
      /^ *\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm,
    )
    const names = new Set([...inside].map(([, name]) => name))
    t.same(
      told.map(({ name }) => name),
      [...names].sort(),
    )
    for (const { name, version, purl } of told) {
      t.equal(purl, `pkg:npm/${name}@${version}`)
    }
  })

  t.test('its archive is what pot reads', async t => {
    const lines = sh(one, 'tar --utc --full-time -tvf cook-flavour.tar')
      .trimEnd()
      .split('\n')
      .map(line => line.split(/\s+/))
    const flavour = readdirSync(join(project, 'flavour')).sort()
    t.same(
      lines.map(line => line.at(-1)),
      [...flavour, 'matrix-synapse.d/'],
    )
    for (const [mode, owner, , day, time, name = ''] of lines) {
      t.same([owner, day, time], ['0/0', '2026-03-01', '12:00:00'])
      t.equal(mode?.includes('x'), /\.(sh|d\/)$/.test(name), name)
    }
  })

  t.test('its man page has the day of the commit', async t => {
    const page = readFileSync(join(one, 'cook.8'), 'utf8')
    t.match(page, /^\.Dd March 1, 2026\n/)
  })
})

interface Component {
  type: string
  name: string
  version: string
  purl: string
}

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const { mode } = statSync(join(folder, name))
      return `${(mode & 0o777).toString(8)} ${name}`
    })

t.test('make install puts all in its place', async t => {
  const folder = t.testdir()
  const install = `umask 077; make -s install DESTDIR='${folder}' PREFIX=/opt`
  sh(project, install)
  const flavours = 'opt/etc/pot/flavours'
  t.same(
    below(folder),
    [
      '755 opt',
      '755 opt/etc',
      '755 opt/etc/pot',
      `755 ${flavours}`,
      ...readdirSync(join(project, 'flavour'))
        .sort()
        .map(name => `${name.endsWith('.sh') ? 755 : 644} ${flavours}/${name}`),
      `755 ${flavours}/matrix-synapse.d`,
      `555 ${flavours}/matrix-synapse.d/cook`,
      '755 opt/share',
      '755 opt/share/man',
      '755 opt/share/man/man8',
      '444 opt/share/man/man8/cook.8',
    ].sort((a, b) => (a.slice(4) < b.slice(4) ? -1 : 1)),
  )
  const cook = join(folder, flavours, 'matrix-synapse.d/cook')
  const built = readFileSync(join(project, 'dist/cook-freebsd-amd64'))
  t.ok(readFileSync(cook).equals(built))
  sh(project, `${install} ARCH=arm64`)
  t.notOk(readFileSync(cook).equals(built), 'and that of another machine')
})
