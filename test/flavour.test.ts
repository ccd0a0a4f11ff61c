// The flavours of pot, as far as they can be tested without pot.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'

const project = fileURLToPath(new URL('..', import.meta.url))
const folder = join(project, 'flavour')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const names = ['matrix-synapse', 'matrix-synapse-nomad']
const { version } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
)

t.test('the scripts pass shellcheck and can be executed', async t => {
  const scripts = names.map(name => join(folder, `${name}.sh`))
  const { status, stdout } = spawnSync('shellcheck', scripts, {
    encoding: 'utf8',
  })
  t.equal(status, 0, stdout)
  t.ok(scripts.every(path => statSync(path).mode & 0o111))
})

t.test('no version of Python is in a script', async t => {
  for (const name of readdirSync(folder)) {
    t.notMatch(read(name), /py\d|python\d/, name)
  }
})

t.test('commands are those that pot accepts in a flavour', async t => {
  const known =
    /^(copy-in-flv -s matrix-synapse\.d\/\S+ -d \/\S+|set-attribute -A [a-z-]+ -V (YES|NO)|set-cmd -c \/\S[^'"]*)$/
  for (const name of [...names, 'matrix-synapse-nomad+4']) {
    const lines = read(name).split('\n')
    t.equal(lines.pop(), '')
    lines.forEach(line => t.match(line, known, `${name}: ${line}`))
  }
  t.match(
    read('matrix-synapse-nomad+4'),
    [
      'set-attribute -A no-rc-script -V YES\n',
      'set-cmd -c /usr/local/bin/cook --block\n',
    ].join('set-attribute -A persistent -V NO\n'),
  )
})

t.test('manifests describe their image', async t => {
  for (const name of names) {
    const [head, ...lines] = read(`${name}.ini`).trim().split('\n')
    t.equal(head, '[manifest]')
    t.match(Object.fromEntries(lines.map(line => line.split(/="|"$/))), {
      potname: name,
      version,
      origin: 'freebsd',
      runs_in_nomad: String(name.endsWith('-nomad')),
    })
  }
})

/** pkg(8) and the other programs of the script, in a directory. */
const tryScript = (t: Test, name: string, catalogue: string) => {
  const dir = t.testdir({ bin: {}, root: { cook: '' }, usr: {} })
  const program = (path: string, text: string): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), `#!/bin/sh\n${text}`)
    chmodSync(join(dir, path), 0o755)
  }
  const say = `echo "\${0##*/} $*" >>'${dir}/calls'\n`
  program('root/cook', say)
  program(
    'bin/pkg',
    `${say}[ "$ASSUME_ALWAYS_YES" = yes ] || exit 1
case "$1 $3" in
  "rquery %o = net-im/py-matrix-synapse") printf '${catalogue}' ;;
  "rquery %o = net/py-matrix-synapse-ldap3") echo py311-matrix-synapse-ldap3 ;;
  install*) mkdir -p '${dir}/usr/local/bin' ;;
esac
`,
  )
  const script = read(`${name}.sh`).replaceAll(
    /(^|[\s"])\/(usr\/local|root|var)\//gm,
    `$1${dir}/$2/`,
  )
  const { status, stderr } = spawnSync('sh', ['-c', script, 'x', 'a-pot'], {
    encoding: 'utf8',
    env: { PATH: `${join(dir, 'bin')}:/usr/bin:/bin` },
  })
  const calls = existsSync(join(dir, 'calls'))
    ? readFileSync(join(dir, 'calls'), 'utf8').split('\n').slice(0, -1)
    : []
  return { status, stderr, calls, dir }
}

t.test('packages are installed by their names in the repository', async t => {
  for (const name of names) {
    const catalogue = 'py39-matrix-synapse\\npy311-matrix-synapse\\n'
    const { status, stderr, calls, dir } = tryScript(t, name, catalogue)
    t.equal(status, 0, stderr)
    t.same(
      calls.filter(call => !call.startsWith('pkg rquery')),
      [
        'pkg install py311-matrix-synapse py311-matrix-synapse-ldap3 ' +
          'py311-sqlite3 py311-psycopg2 caddy',
        name.endsWith('nomad') ? 'cook image --nomad' : 'cook image',
        'pkg clean --all',
      ],
      'the newest, then cook, and nothing stays that only this needed',
    )
    t.notOk(existsSync(join(dir, 'root/cook')))
    t.equal(statSync(join(dir, 'usr/local/bin/cook')).mode & 0o777, 0o555)
  }
})

t.test('without Synapse in the repository the script does nothing', async t => {
  const { status, stderr, calls } = tryScript(t, 'matrix-synapse', '')
  t.not(status, 0)
  t.match(stderr, 'no package of net-im/py-matrix-synapse')
  t.notOk(calls.some(call => /install|image/.test(call)))
})
