// Identity is never lost: whatever the state of a data set, a run either
// reports what is wrong and changes nothing, or creates what can be created
// again.

import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { newSigningKey } from '../../lib/services/synapse/signing-key.ts'
import { cook } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { required } from '../small/given.ts'
import { hostIn } from '../small/host-in.ts'

const keys = '/mnt/matrixdata/keys'
const tlsKey = '/mnt/matrixdata/tls/example.com.key'
const certificate = '/mnt/matrixdata/tls/example.com.crt'
const signing = `${keys}/example.com.signing.key`
const other = `${keys}/a.org.signing.key`
const yaml = '/usr/local/etc/matrix-synapse/homeserver.yaml'
const database = '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db'
const params = '/mnt/matrixdata/cook/params.env'
const last = '/var/db/cook/last.json'
const own = '/mnt/matrixdata/homeserver.d/own.yaml'
const pot = '/tmp/environment.sh'

/** What every run must leave unchanged. */
const lasting = [
  signing,
  `${keys}/macaroon`,
  `${keys}/form`,
  `${keys}/registration`,
  tlsKey,
]

type Change = (root: string) => void

const put =
  (path: string, content: string | Buffer): Change =>
  root => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }

const cut =
  (path: string): Change =>
  root => {
    const text = readFileSync(join(root, path))
    writeFileSync(join(root, path), text.subarray(0, text.length >> 1))
  }

const drop =
  (path: string): Change =>
  root =>
    rmSync(join(root, path))

const turn =
  (path: string, into: 'folder' | 'link'): Change =>
  root => {
    rmSync(join(root, path), { force: true })
    into === 'folder'
      ? mkdirSync(join(root, path))
      : symlinkSync('/etc/passwd', join(root, path))
  }

const flatten =
  (path: string): Change =>
  root => {
    rmSync(join(root, path), { recursive: true })
    writeFileSync(join(root, path), '')
  }

const both =
  (...changes: Change[]): Change =>
  root =>
    changes.forEach(change => change(root))

const binary = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x0a])
const full = put(database, 'SQLite format 3')

// One jail without errors; each case is a copy of it.
const whole = async (): Promise<(root: string) => void> => {
  const { root } = hostIn(t, { '/etc/rc.conf': '' })
  await cook(['--root', root])
  return to => cpSync(root, to, { recursive: true, preserveTimestamps: true })
}
const copy = await whole()

/** Each exits 78 with this line, and nothing has changed. */
const refused: readonly (readonly [string, Change, RegExp])[] = [
  ['no signing key', both(full, drop(signing)), /signing\.key: is missing, b/],
  [
    'only a key of another name',
    both(full, drop(signing), drop(params), put(other, newSigningKey())),
    /DOMAIN: the data set was made for a\.org and cannot become example\.com/,
  ],
  [
    'parameters with another server name',
    put(params, 'export "DOMAIN=a.org"\n'),
    /DOMAIN: the data set was made for a\.org/,
  ],
  ['an empty signing key file', put(signing, ''), /signing\.key: is empty/],
  ['half a signing key', cut(signing), /signing\.key: is not a signing key/],
  ['a binary signing key', put(signing, binary), /signing\.key: is not UTF-8/],
  [
    'a directory in place of a signing key',
    turn(signing, 'folder'),
    /is a directory, not a/,
  ],
  [
    'a link in place of a signing key',
    turn(signing, 'link'),
    /is a symbolic link/,
  ],
  [
    'a key of another kind',
    put(signing, '-----BEGIN PRIVATE KEY-----\n'),
    /signing\.key: is not a signing key \(ed25519, key id, seed\)/,
  ],
  ['an empty secret', put(`${keys}/macaroon`, ''), /macaroon: is empty/],
  ['a binary secret', put(`${keys}/form`, binary), /form: is not UTF-8 text/],
  ['a secret of lines', put(`${keys}/form`, 'a\nb\n'), /form: is not one line/],
  [
    'a directory in place of a secret',
    turn(`${keys}/form`, 'folder'),
    /form: is a directory/,
  ],
  ['an empty TLS key', put(tlsKey, ''), /\.key: is not a PEM private key/],
  ['half a TLS key', cut(tlsKey), /\.key: is not a PEM private key/],
  ['no TLS key', drop(tlsKey), /\.crt: has no key: supply/],
  ['an empty certificate', put(certificate, ''), /is not a PEM certificate/],
  [
    'half a certificate',
    cut(certificate),
    /contains an incomplete certificate/,
  ],
  ['a binary certificate', put(certificate, binary), /is not UTF-8/],
  [
    'a directory in place of the parameters',
    turn(params, 'folder'),
    /env: is a directory/,
  ],
  [
    'a record of a newer cook',
    put(last, '{"format":99,"cook":"9"}'),
    /newer cook/,
  ],
  [
    'a directory in place of the record',
    turn(last, 'folder'),
    /last\.json: is a directory/,
  ],
  ['broken local overrides', put(own, 'a: ['), /own\.yaml: is not YAML/],
  ['binary local overrides', put(own, binary), /own\.yaml: is not UTF-8 text/],
  [
    'local overrides in a list',
    put(own, '- a\n'),
    /own\.yaml: is not a mapping/,
  ],
  [
    'local overrides that merge into themselves',
    put(own, 'a: &a {x: 1, <<: *a}\n'),
    /own\.yaml: merges a mapping into itself at line 1, column 14/,
  ],
  [
    'local overrides of 3 MiB',
    put(own, `#${'x'.repeat(3 * 1024 * 1024)}\n`),
    /own\.yaml: is larger than the 2 MiB that cook reads/,
  ],
  [
    'a link in place of local overrides',
    turn(own, 'link'),
    /yaml: is a symbolic link/,
  ],
  [
    'a file in place of a directory',
    flatten(keys),
    /keys.*: a component of the path is not a/,
  ],
  ['a broken environment', put(pot, 'export "DOMAIN=a'), /line 1 is not/],
  ['a binary environment', put(pot, binary), /environment\.sh: is not UTF-8/],
  [
    'a directory in place of an environment',
    turn(pot, 'folder'),
    /sh: is a directory/,
  ],
]

for (const [what, change, told] of refused) {
  t.test(`${what}: refused`, async t => {
    const root = t.testdir({ tmp: {} })
    copy(root)
    change(root)
    const before = picture(root)
    for (const command of ['apply', 'plan']) {
      const { code, err } = await cook([command, '--root', root])
      t.equal(code, 78, err)
      t.match(err, told)
      t.notMatch(err, /a defect|^ +at |undefined|\[object/m)
    }
    t.same(differences(before, picture(root)), [])
  })
}

/** Each succeeds, and then there is nothing more to do. */
const mended: readonly (readonly [string, Change])[] = [
  ['nothing wrong', () => undefined],
  ['an empty environment', put(pot, '')],
  ['no record', drop(last)],
  ['an empty record', put(last, '')],
  ['half a record', cut(last)],
  ['a binary record', put(last, binary)],
  ['a record of another type', put(last, '{"format":"x","probes":7}')],
  ['no parameters', drop(params)],
  ['empty parameters', put(params, '')],
  ['half of the parameters', cut(params)],
  ['binary parameters', put(params, binary)],
  ['no certificate', drop(certificate)],
  ['empty local overrides', put(own, '')],
  ['a database', full],
  ['a signing key of another name', put(other, 'x')],
  ['an empty configuration', put(yaml, '')],
  ['no rc.conf', drop('/etc/rc.conf')],
]

for (const [what, change] of mended) {
  t.test(`${what}: mended`, async t => {
    const root = t.testdir({ tmp: {} })
    copy(root)
    change(root)
    const texts = () => lasting.map(path => readFileSync(join(root, path)))
    const before = texts()
    const first = await cook(['--root', root])
    t.equal(first.code, 0, first.err)
    t.same(texts(), before)
    t.equal((await cook(['plan', '--root', root])).code, 0)
  })
}

t.test('a line break after a secret does not change the secret', async t => {
  const root = t.testdir({ tmp: {} })
  copy(root)
  const before = readFileSync(join(root, yaml), 'utf8')
  for (const name of ['macaroon', 'form', 'registration']) {
    const path = join(root, keys, name)
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`)
  }
  const { code, out } = await cook(['--root', root])
  t.equal(code, 0)
  t.match(out, /nothing to do/)
  t.equal(readFileSync(join(root, yaml), 'utf8'), before)
})

t.test('another DOMAIN is refused from every source', async t => {
  const root = t.testdir({ tmp: {} })
  copy(root)
  const before = picture(root)
  for (const [argv, environment] of [
    [[], { ...required, DOMAIN: 'other.org' }],
    [['--domain', 'other.org'], {}],
    [['--domain', 'example.com:8448'], required],
  ] as const) {
    const { code, err } = await cook(['--root', root, ...argv], { environment })
    t.equal(code, 78)
    t.match(err, /^error: DOMAIN: the data set was made for example\.com and/m)
  }
  t.same(differences(before, picture(root)), [])
})
