import { spawnSync } from 'node:child_process'
import t from 'tap'
import { hiding, secretsIn } from '../../../lib/host/log/hiding.ts'

t.test('what is secret in settings says the name of its key', async t => {
  const settings = {
    server_name: 'example.com',
    macaroon_secret_key: 'one',
    email: { smtp_user: 'me', smtp_pass: 'two' },
    redis: { password: 3 },
    oidc_providers: [
      { client_id: 'id', client_secret: 'four' },
      { client_secret_jwt_key: { key: 'five', key_file: '/x' } },
    ],
    trusted_key_servers: [{ server_name: 'matrix.org' }],
    recaptcha_private_key: ['six'],
    registration_requires_token: true,
    form_secret: null,
  }
  const found = ['one', 'two', '3', 'four', 'five', '/x', 'six']
  t.same(secretsIn(settings), found)
  t.same(secretsIn('text'), [])
})

t.test('a collection may have several places, and hold itself', async t => {
  const shared = { a: 'one' }
  const loop: Record<string, unknown> = { token: 'two' }
  loop['self'] = loop
  t.same(secretsIn({ open: shared, password: shared, again: shared }), ['one'])
  t.same(secretsIn([loop, loop]), ['two'])
  t.same(secretsIn(new Map([['password', new Set(['three'])]])), ['three'])
})

const odd = [
  'plain text',
  `it's "so" \\ \\n`,
  "o'clock 12",
  'ü "ö" so \\',
  '$&$1 $$x',
]

t.test('a secret is hidden, and as Python shows it', async t => {
  const script =
    'import sys; s = sys.argv[1]; print(s, {"k": s}, ({"k": s},), ' +
    '(repr({"k": s}), ["k"]), sep="\\n")'
  for (const secret of odd) {
    const { stdout } = spawnSync('python3', ['-c', script, secret], {
      encoding: 'utf8',
    })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(hiding([secret]))
    t.equal(lines.length, 4)
    for (const line of lines) {
      t.equal(line.match(/«hidden»/g)?.length, 1, line)
      t.notMatch(line, /plain|so|12|ö|x/)
    }
  }
})

t.test('of two secrets the longer one is hidden first', async t => {
  const hide = hiding(['12345678', '0123456789'])
  t.equal(hide('a 0123456789 b 12345678 c'), 'a «hidden» b «hidden» c')
})

t.test('what could be any word is not hidden', async t => {
  t.equal(hiding(['synapse', ''])('synapse is well'), 'synapse is well')
})
