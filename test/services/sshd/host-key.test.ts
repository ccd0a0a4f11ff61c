import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import {
  hostKeyFault,
  hostKeyTypes,
  newHostKey,
} from '../../../lib/services/sshd/host-key.ts'

const skip = existsSync('/usr/bin/ssh-keygen') ? false : 'no ssh-keygen'

const keygen = (...args: string[]): string =>
  execFileSync('ssh-keygen', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

t.test('OpenSSH reads every new key', { skip }, async t => {
  const names = { ed25519: 'ssh-ed25519', ecdsa: 'ecdsa-sha2-nistp256' }
  const path = `${t.testdir()}/key`
  writeFileSync(path, '', { mode: 0o600 })
  for (const type of hostKeyTypes) {
    const seen = new Set<string>()
    // Repeated, because some numbers begin with a zero byte or with a 1 bit.
    for (let n = 0; n < 40; n++) {
      const text = newHostKey(type)
      writeFileSync(path, text)
      const open = keygen('-y', '-f', path)
      t.match(open, new RegExp(`^${names[type]} \\S+ cook\n$`))
      t.equal(hostKeyFault(text), undefined)
      seen.add(open)
    }
    t.equal(seen.size, 40, 'all are different')
  }
})

t.test('its public key verifies a signature', { skip }, async t => {
  for (const type of hostKeyTypes) {
    const folder = t.testdir({ [type]: { key: newHostKey(type), text: 'x' } })
    const [key, text] = [`${folder}/${type}/key`, `${folder}/${type}/text`]
    chmodSync(key, 0o600)
    writeFileSync(`${key}.allowed`, `me ${keygen('-y', '-f', key)}`)
    keygen('-q', '-Y', 'sign', '-n', 'file', '-f', key, text)
    const check = ['-Y', 'check-novalidate', '-n', 'file', '-s', `${text}.sig`]
    const said = execFileSync('ssh-keygen', check, { input: 'x' })
    t.match(String(said), /^Good "file" signature/, type)
  }
})

t.test('keys of ssh-keygen(1) are host keys too', { skip }, async t => {
  const folder = t.testdir()
  for (const [name, ...args] of [
    ['ed25519', '-t', 'ed25519'],
    ['rsa', '-t', 'rsa', '-b', '2048'],
    ['old-rsa', '-t', 'rsa', '-b', '2048', '-m', 'PEM'],
    ['old-ecdsa', '-t', 'ecdsa', '-m', 'PEM'],
    ['pkcs8', '-t', 'ecdsa', '-m', 'PKCS8'],
  ] as const) {
    keygen('-q', ...args, '-N', '', '-f', `${folder}/${name}`)
    const text = readFileSync(`${folder}/${name}`, 'utf8')
    t.equal(hostKeyFault(text), undefined, name)
    t.ok(hostKeyFault(text.slice(0, -60)), `${name}, truncated`)
    const gap = text.replace(/(?<=\n.{64,70}\n).{9}/, '')
    t.ok(hostKeyFault(gap), `${name}, with a gap`)
  }
})

t.test('a key with a passphrase is an error', { skip }, async t => {
  const folder = t.testdir()
  for (const [name, fault, ...args] of [
    ['new', 'has a passphrase: sshd cannot ask for it'],
    ['pem', 'is not a private key without a passphrase', '-m', 'PEM'],
  ] as const) {
    const make = ['-q', '-t', 'ecdsa', '-N', 'hidden', ...args]
    keygen(...make, '-f', `${folder}/${name}`)
    t.equal(hostKeyFault(readFileSync(`${folder}/${name}`, 'utf8')), fault)
  }
})

t.test('text that is not a private key is an error', async t => {
  const key = newHostKey('ed25519')
  for (const [what, text] of [
    ['nothing', ''],
    ['text', 'hello\n'],
    ['a public key', 'ssh-ed25519 AAAA me\n'],
    ['no base64', key.replace(/(?<=KEY-----\n)[^-]*/, 'AAAA\n')],
    ['two keys', key + key],
    ['a certificate', key.replaceAll('OPENSSH PRIVATE KEY', 'CERTIFICATE')],
  ] as const) {
    t.match(hostKeyFault(text), /^is not a (complete )?private key/, what)
  }
})
