// cook's own account, on a server that has accounts like Synapse and can be
// stopped at any moment. test/e2e/accounts/token.ts tests it with the real
// Synapse, and kills cook anywhere.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { exit } from '../../../../lib/contract/failure.ts'
import type { Host } from '../../../../lib/host/host.ts'
import { paths } from '../../../../lib/contract/paths.ts'
import { Secret } from '../../../../lib/contract/secret.ts'
import { administratorToken } from '../../../../lib/services/synapse/accounts/service-account.ts'
import { hostIn } from '../../../small/host-in.ts'
import { lockText } from '../../../support/lock-text.ts'
import { peerAt } from '../../../small/peer.ts'

interface Account {
  token: string
  isActive: boolean
}

const names = ['cook-00000000000a', 'cook-00000000000b'] as const

/** A server whose accounts are all administrators. */
const serve = async (t: Test, present: readonly string[]) => {
  const accounts = new Map<string, Account>()
  const asked: string[] = []
  const add = (name: string) => {
    const account = { token: `token of ${name}`, isActive: true }
    accounts.set(name, account)
    return account
  }
  present.forEach(add)
  /** A registration whose client did not wait for the answer. */
  let late: string | undefined
  const land = () => {
    if (late !== undefined) add(late)
    late = undefined
  }
  const refuse = (status: number, errcode: string) => ({ status, errcode })
  const nameIn = (path: string) =>
    decodeURIComponent(path).match(/@([^:]+):example\.com/)?.[1] ?? ''
  const answer = (path: string, token: string, body: string): object => {
    asked.push(path.replace(/^\/_synapse\/admin\/v1\//, ''))
    if (path.endsWith('/register')) {
      if (body === '') return { nonce: 'n' }
      const { username } = JSON.parse(body)
      if (username === late) land()
      if (accounts.has(username)) return refuse(400, 'M_USER_IN_USE')
      return { user_id: `@${username}:x`, access_token: add(username).token }
    }
    const by = [...accounts.values()].find(each => each.token === token)
    if (!by?.isActive) return refuse(401, 'M_UNKNOWN_TOKEN')
    if (path.endsWith('/admin')) return { admin: true }
    const account = accounts.get(nameIn(path))
    land()
    if (account === undefined) return refuse(404, 'M_NOT_FOUND')
    account.isActive = false
    return {}
  }
  const server = createServer(async (request, response) => {
    const [, token = ''] = request.headers.authorization?.split('Bearer ') ?? []
    const said = answer(request.url ?? '', token, await text(request))
    response.statusCode = 'status' in said ? Number(said.status) : 200
    response.end(JSON.stringify(said))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const { port } = server.address() as AddressInfo
  return {
    asked,
    /** From now on a registration of that name is unfinished. */
    delay: (name: string) => (late = name),
    active: () => {
      land()
      return [...accounts].flatMap(([name, { isActive }]) =>
        isActive ? [name] : [],
      )
    },
    token: async (host: Host) => {
      const registrar = {
        peer: peerAt({ address: '127.0.0.1', port, tls: false }),
        secret: new Secret('s3cr3t'),
      }
      const live = {
        serverName: 'example.com',
        probes: [],
        secret: undefined,
        registration: { isOpen: true, needsToken: true, needsProof: false },
        hasLocalPasswords: true,
        secrets: [],
      }
      return (await administratorToken(host, live, registrar)).reveal()
    },
  }
}

const kept = (host: Host) => JSON.parse(host.text(paths.serviceAccount) ?? '')

const hostWith = (t: Test, account: object): Host =>
  hostIn(t, { [paths.serviceAccount]: JSON.stringify(account) })

const [a, b] = names

t.test('the account is created if there is none, and then used', async t => {
  const server = await serve(t, [])
  const host = hostIn(t, { [paths.homeserver]: '' })
  const token = await server.token(host)
  const [name] = server.active()
  t.match(name, /^cook-[0-9a-f]{12}$/)
  t.equal(token, `token of ${name}`)
  t.strictSame(kept(host), { user: name, token, former: [] })
  t.equal(await server.token(host), token)
  t.strictSame(server.active(), [name])
  t.strictSame(server.asked, [
    'register',
    'register',
    `users/${encodeURIComponent(`@${name}:example.com`)}/admin`,
  ])
})

t.test('a name that may still be registered is tried again', async t => {
  for (const [what, isThere, isLate] of [
    ['never asked for', false, false],
    ['made already', true, false],
    ['made just now', false, true],
  ] as const) {
    const server = await serve(t, isThere ? [a] : [])
    if (isLate) server.delay(a)
    const host = hostWith(t, { user: a, former: [] })
    const token = await server.token(host)
    const active = server.active()
    t.equal(active.length, 1, what)
    t.equal(active[0] === a, !isThere && !isLate, what)
    t.strictSame(kept(host), { user: active[0], token, former: [] })
  }
})

t.test('earlier accounts are deactivated if they exist', async t => {
  const server = await serve(t, [a, b])
  const gone = 'cook-00000000000c'
  const host = hostWith(t, {
    user: b,
    token: `token of ${b}`,
    former: [gone, a],
  })
  t.equal(await server.token(host), `token of ${b}`)
  t.strictSame(server.active(), [b])
  t.strictSame(kept(host).former, [])
})

t.test('an account that Synapse no longer accepts is replaced', async t => {
  const server = await serve(t, [a, b])
  const host = hostWith(t, { user: b, token: 'an old one', former: [a] })
  const token = await server.token(host)
  const [name, ...others] = server.active()
  t.strictSame(others, [])
  t.notOk(name === a || name === b)
  t.strictSame(kept(host), { user: name, token, former: [] })
})

t.test('only accounts of cook are deactivated', async t => {
  for (const account of [
    { user: a, token: 'x', former: ['alice'] },
    { user: 'alice', token: 'x', former: [] },
    { user: 'alice', former: [a] },
  ]) {
    const server = await serve(t, ['alice', a])
    await server.token(hostWith(t, account))
    t.strictSame(server.active().slice(0, 2), ['alice', a])
  }
})

t.test('one cook at a time creates it, any number uses it', async t => {
  const server = await serve(t, [a])
  const busy = hostWith(t, { user: b, former: [] })
  busy.claim(paths.lock, lockText(process.ppid))
  await t.rejects(server.token(busy), {
    exit: exit.tempFail,
    message: /^another cook is running/,
  })
  t.strictSame(server.active(), [a])
  t.strictSame(kept(busy), { user: b, former: [] })
})
