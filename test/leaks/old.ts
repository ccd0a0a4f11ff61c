// A potluck jail: the secrets of its old configuration.

import { chmodSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import {
  oldSigningKeyPath,
  paths,
  secretPath,
} from '../../lib/contract/paths.ts'
import { newSigningKey } from '../../lib/services/synapse/signing-key.ts'
import { domain, settle, type Kind } from '../e2e/setting.ts'
import { oldHomeserver } from '../small/old-text.ts'
import { seeker } from './needles.ts'
import { newText, secretsMade, secretText } from './secrets.ts'
import { entriesIn, hidden, watcher } from './watcher.ts'

const keyFile = oldSigningKeyPath(domain)

/** Where each may be after the takeover; no other user can read it. */
const places: Readonly<Record<string, readonly string[]>> = {
  'signing key': [`${paths.keysDir}/${domain}.signing.key`, keyFile],
  'mail password': ['the copy'],
  macaroon: [secretPath('macaroon'), paths.homeserver, 'the copy'],
  form: [secretPath('form'), paths.homeserver, 'the copy'],
  registration: [secretPath('registration'), paths.homeserver, 'the copy'],
}

/** Takes it over, and searches for its secrets. */
export const takingOver = async (t: Test, kind: Kind): Promise<void> => {
  const { jail } = await settle(t, kind)
  const watch = watcher(jail)
  const old = { macaroon: newText(), form: newText(), registration: newText() }
  const smtpPass = newText()
  // Its quotes make the file invalid YAML.
  const text = oldHomeserver(domain, old, { smtpPass })
  writeFileSync(jail.path(paths.homeserver), text, { mode: 0o644 })
  writeFileSync(jail.path(keyFile), newSigningKey())
  chmodSync(jail.path(keyFile), 0o600)

  const known = [
    ...Object.entries(old).map(([name, each]) => secretText(name, each)),
    secretText('mail password', smtpPass),
  ]
  for (const args of [
    ['plan'],
    ['check'],
    ['--no-start', '--log'],
    ['plan', '--json'],
  ]) {
    const { code, stdout, stderr } = await watch.run({ args })
    t.ok([0, 2].includes(code), stderr)
    t.same(seeker(known)(stdout + stderr), [], args.join(' '))
  }
  const made = secretsMade(jail.path)
  const all = [...known, ...made.filter(({ name }) => name === 'signing key')]
  t.same(watch.started().seen.flatMap(seeker(all)), [])

  const found: Record<string, string[]> = {}
  const entries = entriesIn(jail.root, ['/proc', hidden])
  for (const { path, text, isOpen } of entries) {
    for (const name of seeker(all)(text)) {
      const isCopy = /\/cook\/homeserver-[0-9a-f]{8}\.yaml$/.test(path)
      found[name] = [...(found[name] ?? []), isCopy ? 'the copy' : path]
      t.notOk(isOpen, `${path} is closed to others`)
    }
  }
  for (const [name, where] of Object.entries(places)) {
    t.same(found[name]?.toSorted(), where.toSorted(), name)
  }
}
