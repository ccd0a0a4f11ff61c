import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readElf } from './support/elf.ts'

const dist = join(import.meta.dirname, '..', 'dist')
const at = (name: string): string => join(dist, name)
const unbuilt = (name: string): { skip: string | false } => ({
  skip: !existsSync(at(name)) && `dist/${name} is not built`,
})

const run = (
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) => {
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
    env: { PATH: process.env['PATH'], ...options.env },
  })
  return { status, stdout, stderr }
}

// The version names the engine inside, and here that differs.
const engineless = (text: string): string =>
  text.replace(/\b(node|bun) [\d.]+/, 'engine')

const digest = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex')

// A mark that build.mjs leaves in what Bun makes of the bundle.
const mark = (): string => `// cook.cjs ${digest(at('cook.cjs'))}`

// What ldd(1) finds on a FreeBSD without any package.
const base = [
  'libc++.so.1',
  'libc.so.7',
  'libcxxrt.so.1',
  'libexecinfo.so.1',
  'libgcc_s.so.1',
  'libm.so.5',
  'libthr.so.3',
  'libutil.so.9',
]

for (const [name, machine] of [
  ['cook-freebsd-amd64', 62],
  ['cook-freebsd-arm64', 183],
] as const) {
  t.test(`${name} runs on FreeBSD's base system`, unbuilt(name), async t => {
    const elf = readElf(readFileSync(at(name)))
    const { needed, versions, freebsd = 0 } = elf
    t.equal(elf.osabi, 9, 'ELFOSABI_FREEBSD')
    t.equal(elf.machine, machine)
    t.equal(elf.interpreter, '/libexec/ld-elf.so.1')
    t.ok(needed.includes('libc.so.7'))
    t.same(
      needed.filter(library => !base.includes(library)),
      [],
    )
    // The note tells a FreeBSD program from another one, and for which major
    // version it is; the symbols' versions are those of FreeBSD 14.0's libc.
    t.equal(Math.floor(freebsd / 100_000), 14, `made for ${freebsd}`)
    t.ok(versions.includes('FBSD_1.0'))
    const later = versions.filter(version =>
      /^FBSD_1\.(?![0-7]$)/.test(version),
    )
    t.same(later, [])
  })

  t.test(`${name} cannot be turned back into Bun`, unbuilt(name), async t => {
    t.notOk(readFileSync(at(name)).includes('BUN_BE_BUN'))
  })
}

for (const name of [
  'cook-linux-amd64',
  'cook-freebsd-amd64',
  'cook-freebsd-arm64',
]) {
  t.test(`${name} has this build's bundle inside`, unbuilt(name), async t => {
    t.ok(readFileSync(at(name)).includes(mark()))
  })
}

// The bundle as Bun has printed it, which ends where a C text ends.
const bundleIn = (name: string): string => {
  const file = readFileSync(at(name))
  const start = file.indexOf(mark())
  return file.toString('latin1', start, file.indexOf(0, start))
}

for (const name of ['cook-freebsd-amd64', 'cook-freebsd-arm64']) {
  t.test(`${name} is the program that runs here`, unbuilt(name), async t => {
    const here = bundleIn('cook-linux-amd64')
    t.ok(here.length > 500_000)
    t.ok(bundleIn(name) === here)
  })
}

t.test(`cook has this build's bundle inside`, unbuilt('cook'), async t => {
  t.ok(readFileSync(at('cook')).includes(readFileSync(at('cook.cjs'))))
})

t.test('no file names the folder of its build', unbuilt('cook'), async t => {
  // A flavour has a /root/cook of its own, which is no folder.
  const folder = `${dirname(dist)}/`
  for (const name of readdirSync(dist)) {
    t.notOk(readFileSync(at(name)).includes(folder), name)
  }
})

t.test('SHA256SUMS has every file right', unbuilt('SHA256SUMS'), async t => {
  const lines = readFileSync(at('SHA256SUMS'), 'utf8').trimEnd().split('\n')
  for (const line of lines) {
    const [sum, name = ''] = line.split('  ')
    t.equal(digest(at(name)), sum, name)
  }
  t.same(
    lines.map(line => line.split('  ')[1]),
    [
      'cook',
      'cook-flavour.tar',
      'cook-freebsd-amd64',
      'cook-freebsd-arm64',
      'cook-linux-amd64',
      'cook.8',
      'cook.cdx.json',
      'cook.cjs',
    ],
  )
})

// Everything that Node or Bun would obey, in the folder and in the environment.
const evil = `require('fs').writeFileSync(__dirname + '/proof', '')`
const hostile = {
  '.env': 'DOMAIN=hostile..example\n',
  'bunfig.toml': 'preload = ["./evil.cjs"]\n',
  'tsconfig.json': '{"compilerOptions":{"paths":{"node:fs":["./evil.cjs"]}}}',
  'package.json': '{"type":"module","imports":{"#a":"./evil.cjs"}}',
  'evil.cjs': evil,
}
const hijacks = {
  NODE_OPTIONS: '--require ./evil.cjs',
  BUN_OPTIONS: '--preload ./evil.cjs',
  BUN_BE_BUN: '1',
}

for (const name of ['cook', 'cook-linux-amd64']) {
  const cook = (args: string[], options?: Parameters<typeof run>[2]) =>
    run(at(name), args, options)

  t.test(`${name} is cook and not a bare engine`, unbuilt(name), async t => {
    for (const flag of ['--version', '--help']) {
      const wanted = run(process.execPath, [at('cook.cjs'), flag])
      const got = cook([flag])
      t.match(wanted.stdout, 'cook')
      t.equal(got.status, 0, flag)
      t.equal(engineless(got.stdout), engineless(wanted.stdout), flag)
    }
  })

  t.test(`${name} gets the flags that Node has too`, unbuilt(name), async t => {
    const { status, stderr } = cook(['--env-file', '/nonexistent'])
    t.not(status, 9, `Node's own exit code for a missing --env-file`)
    t.notMatch(stderr, /^\S+: \/nonexistent: not found\n$/)
  })

  t.test(`${name} obeys nothing in its folder`, unbuilt(name), async t => {
    const cwd = t.testdir({ hostile, empty: {} })
    const there = { cwd: join(cwd, 'hostile') }
    const wanted = cook(['check'], { cwd: join(cwd, 'empty') })
    t.same(cook(['check'], there), wanted)
    t.notOk(existsSync(join(there.cwd, 'proof')))
    t.notSame(
      cook(['check', '--env-file', '.env'], there),
      wanted,
      'the .env would have told',
    )
  })

  t.test(`${name} obeys no engine's variables`, unbuilt(name), async t => {
    const cwd = t.testdir(hostile)
    const wanted = cook(['--version'])
    for (const [variable, value] of Object.entries(hijacks)) {
      const env = { [variable]: value }
      t.same(cook(['--version'], { cwd, env }), wanted, variable)
      t.notOk(existsSync(join(cwd, 'proof')), variable)
    }
  })
}
