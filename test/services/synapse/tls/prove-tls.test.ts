// Synapse's Python loads a certificate before Synapse is stopped for it.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exit, Failure } from '../../../../lib/contract/failure.ts'
import { paths } from '../../../../lib/contract/paths.ts'
import { newStage } from '../../../../lib/engine/stage/stage.ts'
import { synapseProof } from '../../../../lib/services/synapse/prove.ts'
import { proveTls } from '../../../../lib/services/synapse/tls/prove-tls.ts'
import { issued } from '../../../small/issued.ts'
import { whyNoLoads } from '../../../support/openssl-loads.ts'
import { smallJail } from '../../../small/small-jail.ts'
import { python } from '../../../small/yaml.ts'

const pair = issued({})
const other = issued({})
const short = issued({ key: ['-newkey', 'rsa:1024'] })
const outcome = 'synapse stays as it is'

/** A jail whose su(1) runs the command, and files with a quote in their name. */
const jail = (t: Test, su = 'shift 3; exec sh -c "$1"') => {
  const host = smallJail(t, { '/programs/check': su })
  chmodSync(host.root, 0o755)
  const put = (name: string, text: string): string => {
    const path = join(host.root, name)
    writeFileSync(path, text)
    return path
  }
  const tried = (certificate: string, key: string): Promise<unknown> =>
    proveTls(
      host,
      python,
      { certificate: put("it's.crt", certificate), key: put('key', key) },
      outcome,
    ).then(
      () => undefined,
      error => error,
    )
  return { host, tried }
}

const skip = whyNoLoads()

t.test('a pair that Python loads is no failure', { skip }, async t => {
  const { tried } = jail(t)
  t.equal(await tried(pair.certificate, pair.key), undefined)
})

t.test('one that it refuses is, with the reason', { skip }, async t => {
  const { tried } = jail(t)
  for (const [what, certificate, key, reason] of [
    ['with a space', ` ${pair.certificate}`, pair.key, /no start line/],
    ['of another key', pair.certificate, other.key, /key values mismatch/],
    ['short', short.certificate, short.key, /ee key too small/],
    ['with another text', pair.certificate, `ä\n${pair.key}`, /codec can't/],
  ] as const) {
    const failure = await tried(certificate, key)
    t.type(failure, Failure, what)
    t.match(failure, { exit: exit.config, message: reason }, what)
    t.match(
      failure,
      { message: /^Synapse cannot load .*it's\.crt with its key .*as it is$/ },
      what,
    )
  }
})

t.test('a check that cannot run says nothing', async t => {
  for (const su of [
    'exit 3',
    'echo "su: unknown login: synapse" >&2; exit 1',
    'echo "ModuleNotFoundError: No module named OpenSSL" >&2; exit 1',
    'kill -9 $$',
  ]) {
    const { tried } = jail(t, su)
    t.equal(await tried(pair.certificate, pair.key), undefined, su)
  }
})

t.test('a supplied pair is loaded before each start', async t => {
  const refusing = `echo "OpenSSL.SSL.Error: [('a', '', 'no')]" >&2; exit 1`
  const { host } = jail(t, refusing)
  const files = { certificate: '/crt', key: '/key' }
  const proof = synapseProof(paths.homeserver, '/signing', files)
  t.equal(proof.atStart, true)
  await t.rejects(proof.prove(host, newStage(host), outcome), {
    message: `Synapse cannot load /crt with its key /key (OpenSSL: no): ${outcome}`,
  })
  t.match(
    readFileSync(join(host.root, 'programs/su-calls'), 'utf8'),
    /^-m synapse -c exec \/usr\/local\/bin\/python3\.11 -c 'import sys;.*' '\/crt' '\/key'$/m,
  )
  const own = synapseProof(paths.homeserver, '/signing', undefined)
  t.equal(own.atStart, undefined)
  t.equal(await own.prove(host, newStage(host), outcome), undefined)
})
