// Signing keys and signatures, as other servers check them.

import { createPrivateKey, sign } from 'node:crypto'
import t from 'tap'
import {
  keyOf,
  whoseKeys,
} from '../../../../lib/services/synapse/looks/outside/keys.ts'

// The test vector of the Matrix specification (appendices, "Cryptographic Test
// Vectors").
const seed = 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1'
const vector =
  'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwY' +
  'GYZzuHGZKM5ZAQ'

const key = keyOf(`ed25519 1 ${seed}\n`)!

const secret = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from(seed, 'base64'),
  ]),
  ...{ format: 'der', type: 'pkcs8' },
})

/** What Synapse answers: keys in any order, signed in the canonical one. */
const answer = (more: object = {}, signed?: string) => {
  const text =
    `{"old_verify_keys":{},"server_name":"example.com",` +
    `"valid_until_ts":1,"verify_keys":{"ed25519:1":{"key":"${key.text}"}}}`
  const signature =
    signed ?? sign(null, Buffer.from(text), secret).toString('base64')
  return JSON.stringify({
    verify_keys: { 'ed25519:1': { key: key.text } },
    ...{ valid_until_ts: 1, server_name: 'example.com', old_verify_keys: {} },
    signatures: { 'example.com': { 'ed25519:1': signature } },
    ...more,
  })
}

t.test('a signing key gives the key that others know', async t => {
  t.equal(key.id, 'ed25519:1')
  t.equal(
    sign(null, Buffer.from('{}'), secret).toString('base64'),
    `${vector}==`,
  )
  t.equal(keyOf('nothing'), undefined)
})

t.test('an answer signed by the key is right', async t => {
  t.same(whoseKeys(answer(), 'example.com', key), { is: 'right' })
  t.same(whoseKeys(answer(), 'example.com', undefined), { is: 'right' })
})

t.test('another server, another key and another signature are not', async t => {
  const other = keyOf(`ed25519 1 ${'A'.repeat(43)}\n`)
  const wrong = [
    whoseKeys(answer({ server_name: 'other.example' }), 'example.com', key),
    whoseKeys(answer(), 'example.com', other),
    whoseKeys(answer({}, 'AAAA'), 'example.com', key),
    whoseKeys(answer({ valid_until_ts: 2 }), 'example.com', undefined),
    whoseKeys(
      answer({ verify_keys: { 'ed25519:1': { key: 'short' } } }),
      'example.com',
      undefined,
    ),
  ]
  for (const each of wrong) {
    t.match(each, { is: 'foreign', says: String })
  }
})

t.test('what is no answer about keys is neither', async t => {
  for (const text of ['', '[]', '{}', '<p>', '{"server_name":1}', 'null']) {
    t.same(whoseKeys(text, 'example.com', key), { is: 'other' }, text)
  }
})
