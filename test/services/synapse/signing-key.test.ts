import t from 'tap'
import {
  newSecret,
  newSigningKey,
  signingKeyFault,
} from '../../../lib/services/synapse/signing-key.ts'

const seed = 'A'.repeat(43)
const key = `ed25519 a_bcde ${seed}`
const noKey = 'is not a signing key (ed25519, key id, seed)'
const empty = 'is empty, but should contain the signing key'

t.test('a new signing key is one line with a seed of 32 bytes', async t => {
  const keys = Array.from({ length: 200 }, newSigningKey)
  for (const text of keys) {
    const [, seed = ''] =
      text.match(/^ed25519 a_[A-Za-z]{4} ([A-Za-z0-9+/]{43})\n$/) ?? []
    t.equal(Buffer.from(seed, 'base64').length, 32)
    t.equal(signingKeyFault(text), undefined)
  }
  const ids = keys.map(text => text.split(' ')[1])
  const seeds = keys.map(text => text.split(' ')[2])
  t.equal(new Set(seeds).size, 200, 'no seed twice')
  t.ok(new Set(ids).size > 190, 'hardly an id twice')
  t.notMatch(ids.join(''), /[loIO]/, 'no letter that looks like another')
})

t.test('every signing key that Synapse can read is valid', async t => {
  for (const [what, text, fault] of [
    ['with its line break', `${key}\n`, undefined],
    ['without', key, undefined],
    ['of DOS', `${key}\r\n`, undefined],
    ['two keys', `${key}\n${key}\n`, undefined],
    ['blank lines', `\n${key}\n\n`, undefined],
    ['padded base64', `${key}=\n`, undefined],
    ['an id of digits and _', `ed25519 0_ ${seed}`, undefined],
    ['empty', '', empty],
    ['blank', ' \n\n', empty],
    ['another algorithm', `rsa a_b ${seed}`, noKey],
    ['no id', `ed25519 ${seed}`, noKey],
    ['an odd id', `ed25519 a-b ${seed}`, noKey],
    ['a short seed', `ed25519 a_b ${seed.slice(1)}`, noKey],
    ['a long seed', `${key}A`, noKey],
    ['bits beyond 32 bytes', `ed25519 a_b ${seed.slice(1)}B`, noKey],
    ['odd letters in the seed', `ed25519 a_b ${seed.slice(1)}-`, noKey],
    ['url-safe base64', `ed25519 a_b -${seed.slice(1)}`, noKey],
    ['words after it', `${key} x`, noKey],
    ['words before it', `x ${key}`, noKey],
    ['rubbish after a key', `${key}\nx\n`, noKey],
    ['a verify key of PEM', '-----BEGIN PRIVATE KEY-----\n', noKey],
  ] as const) {
    t.equal(signingKeyFault(text), fault, what)
  }
})

t.test('a new secret has 256 random bits and no special character', async t => {
  const secrets = Array.from({ length: 200 }, newSecret)
  for (const text of secrets) {
    t.match(text, /^[A-Za-z0-9_-]{43}$/)
  }
  t.equal(new Set(secrets).size, 200)
})
