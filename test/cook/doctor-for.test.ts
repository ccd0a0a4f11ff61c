// cook doctor --for, against a server of the test.

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { cook, result } from '../small/cooking.ts'
import { hostIn, machine } from '../small/host-in.ts'
import { listeningSecurely } from '../support/listening.ts'

t.jobs = 4

const pair = generateKeyPairSync('ed25519')
const text = pair.publicKey
  .export({ format: 'der', type: 'spki' })
  .subarray(-32)
  .toString('base64')

/** What a homeserver answers, as far as doctor asks. */
const homeserver =
  (name: () => string): RequestListener =>
  ({ url = '' }, response) => {
    const rest =
      `{"server_name":"${name()}","valid_until_ts":1,` +
      `"verify_keys":{"ed25519:a":{"key":"${text}"}}}`
    const key = createPrivateKey(
      pair.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    )
    const signature = sign(null, Buffer.from(rest), key).toString('base64')
    const signatures = { [name()]: { 'ed25519:a': signature } }
    const pages: Record<string, object> = {
      '/_matrix/client/versions': { versions: ['v1.11'] },
      '/_matrix/client/v3/login': { flows: [{ type: 'm.login.password' }] },
      '/_matrix/key/v2/server': { ...JSON.parse(rest), signatures },
      '/_matrix/federation/v1/version': { server: { name: 'x' } },
    }
    const page = pages[url]
    const missing = { errcode: 'M_NOT_FOUND' }
    response
      .writeHead(page ? 200 : 404, { 'access-control-allow-origin': '*' })
      .end(JSON.stringify(page ?? missing))
  }

const doctor = async (
  t: Test,
  { off = 0, name }: { off?: number; name?: string } = {},
) => {
  let own = ''
  const { port } = await listeningSecurely(
    t,
    homeserver(() => name ?? own),
  )
  own = `127.0.0.1:${port}`
  for (let n = 0; ; n++) {
    const done = await cook(['doctor', '--for', own, '--json'], {
      host: { ...hostIn(t, {}), live: true },
      world: {
        now: () => new Date(Date.now() + off),
        machine: { ...machine, euid: 1000 },
      },
    })
    const { findings, unseen } = result(done) as Record<
      'findings' | 'unseen',
      Record<string, string>[]
    >
    // On a machine with much other work it says: look again.
    if (n === 20 || !unseen.some(each => /in time$/.test(each['why'] ?? ''))) {
      return { ...done, found: findings.map(each => each['finding']), findings }
    }
  }
}

t.test(
  'of a server with a self-signed certificate it says just that',
  async t => {
    const { found, code } = await doctor(t)
    t.same(found, ['tls-untrusted'])
    t.equal(code, 1)
  },
)

t.test('a server of another name is foreign', async t => {
  const { findings } = await doctor(t, { name: 'other.example' })
  const [key] = findings.filter(each => each['finding'] === 'key-foreign')
  t.match(key?.['says'], /the server other\.example answers/)
})

t.test('a clock that differs from all others is wrong', async t => {
  for (const [off, says] of [
    [10 * 60_000, /10 minutes ahead/],
    [-10 * 60_000, /10 minutes behind/],
  ] as const) {
    const { findings } = await doctor(t, { off })
    const [clock] = findings.filter(each => each['finding'] === 'clock-wrong')
    t.match(clock?.['says'], says)
  }
  const { found } = await doctor(t, { off: 20_000 })
  t.notOk(found.includes('clock-wrong'), 'some seconds do no harm')
})

t.test('what is no server name is a wrong command line', async t => {
  for (const name of ['https://example.com/', 'a b', '-', '[::']) {
    const { code, err } = await cook(['doctor', '--for', name])
    t.equal(code, 64, name)
    t.match(err, /^error: --for /)
  }
})
