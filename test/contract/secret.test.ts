import { format, inspect } from 'node:util'
import t from 'tap'
import { reveal, Secret } from '../../lib/contract/secret.ts'

const secret = new Secret('s3cr3t')

t.test('a secret is never printed by accident', async t => {
  for (const [way, text] of [
    ['String()', String(secret)],
    ['a template string', `${secret}`],
    ['+', `x${secret}`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ deep: [secret] }, { showHidden: true })],
    ['format %s', format('%s', secret)],
    ['format %o', format('%o', secret)],
    ['format %j', format('%j', secret)],
    ['its keys', JSON.stringify(Object.entries(secret))],
    ['an error', String(new Error(`x ${secret}`).stack)],
  ] as const) {
    t.notMatch(text, 's3cr3t', way)
  }
  t.equal(`${secret}`, '«hidden»')
  t.equal(JSON.stringify(secret), '"«hidden»"')
  t.equal(inspect(secret), '«hidden»')
})

t.test('reveal returns the text, of plain text too', async t => {
  t.equal(secret.reveal(), 's3cr3t')
  t.equal(reveal(secret), 's3cr3t')
  t.equal(reveal('plain'), 'plain')
})
