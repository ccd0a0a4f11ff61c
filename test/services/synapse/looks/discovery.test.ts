// Where other servers connect: each step of "Resolving server names" in the
// Matrix specification.

import t from 'tap'
import type { Asking } from '../../../../lib/services/synapse/looks/outside/asking.ts'
import { discover } from '../../../../lib/services/synapse/looks/outside/discovery.ts'
import { wellKnown } from '../../../../lib/services/synapse/looks/outside/well-known.ts'
import { parseServerName } from '../../../../lib/formats/server-name.ts'
import type { Reply } from '../../../../lib/net/web.ts'

interface Net {
  /** Answers of web servers by their URL. */
  pages?: Record<string, { status?: number; location?: string; text?: string }>
  /** Records SRV: `PORT TARGET`. */
  srv?: Record<string, string>
}

const served = { chain: [], fault: undefined }

/** A network that knows these pages and records; every name has an address. */
const asking = (
  { pages = {}, srv = {} }: Net,
  asked: string[] = [],
): Asking => ({
  addresses: async () => ({ found: ['10.0.0.1'] }),
  services: async name => {
    asked.push(name)
    const [port, target] = srv[name]?.split(' ') ?? []
    const record = { port: Number(port), priority: 1, weight: 1 }
    return { found: target === undefined ? [] : [{ ...record, name: target }] }
  },
  web: async ({ name, port }, path): Promise<Reply> => {
    const url = `https://${name}${port === 443 ? '' : `:${port}`}${path}`
    asked.push(url)
    const { status = 200, location, text = '' } = pages[url] ?? { status: 404 }
    const headers = { location }
    return { got: 'answer', answer: { status, headers, text }, served }
  },
  signal: new AbortController().signal,
  roots: [],
})

const find = async (name: string, net: Net, asked: string[] = []) => {
  const server = parseServerName(name)
  if (typeof server === 'string') {
    throw new Error(server)
  }
  const { ways } = await discover(asking(net, asked), server)
  return ways.map(
    way => `${way.host}:${way.port} ${way.name} ${way.hostHeader}`,
  )
}

const file = 'https://a.example/.well-known/matrix/server'
const says = (server: string) => ({
  pages: { [file]: { text: JSON.stringify({ 'm.server': server }) } },
})

t.test('1: an address is asked at once', async t => {
  const asked: string[] = []
  t.same(await find('10.1.2.3', {}, asked), ['10.1.2.3:8448 10.1.2.3 10.1.2.3'])
  t.same(await find('[fd00::1]:80', {}, asked), [
    'fd00::1:80 fd00::1 [fd00::1]:80',
  ])
  t.same(asked, [])
})

t.test('2: a name with a port needs no discovery', async t => {
  const asked: string[] = []
  const found = await find('a.example:80', says('b.example'), asked)
  t.same(found, ['a.example:80 a.example a.example:80'])
  t.same(asked, [])
})

t.test('3: m.server leads on', async t => {
  for (const [server, srv, way] of [
    ['10.1.2.3', {}, '10.1.2.3:8448 10.1.2.3 10.1.2.3'],
    ['b.example:80', {}, 'b.example:80 b.example b.example:80'],
    [
      'b.example',
      { '_matrix-fed._tcp.b.example': '99 c.example' },
      'c.example:99 b.example b.example',
    ],
    [
      'b.example',
      { '_matrix._tcp.b.example': '98 c.example' },
      'c.example:98 b.example b.example',
    ],
    ['b.example', {}, 'b.example:8448 b.example b.example'],
  ] as const) {
    t.same(await find('a.example', { ...says(server), srv }), [way], way)
  }
})

t.test('4 to 6: without it records lead on, then port 8448', async t => {
  const now = { '_matrix-fed._tcp.a.example': '99 c.example' }
  const old = { '_matrix._tcp.a.example': '98 d.example' }
  for (const [srv, way] of [
    [{ ...now, ...old }, 'c.example:99'],
    [old, 'd.example:98'],
    [{}, 'a.example:8448'],
  ] as const) {
    const [found] = await find('a.example', { srv })
    t.ok(found?.startsWith(way), way)
  }
})

t.test('an m.server that is no server name leads nowhere', async t => {
  for (const text of [
    '{}',
    '[]',
    '<p>',
    '{"m.server": 1}',
    '{"m.server":"/"}',
  ]) {
    const [found] = await find('a.example', { pages: { [file]: { text } } })
    t.ok(found?.startsWith('a.example:8448'), text)
  }
})

t.test('redirects are followed to https only, and not for ever', async t => {
  const at = (location: string) => ({ status: 302, location })
  const get = (pages: Net['pages']) =>
    wellKnown(asking({ pages: pages ?? {} }), 'a.example', 'server')
  const there = 'https://b.example/x'
  const good = await get({ [file]: at(there), [there]: { text: '{}' } })
  t.equal(good.redirect, undefined)
  t.equal(good.replies.length, 2)
  const plain = await get({ [file]: at('http://b.example/x') })
  t.match(plain.redirect, /^is redirected to http:\/\/b\.example/)
  const circle = await get({ [file]: at(there), [there]: at(file) })
  t.match(circle.redirect, /circle/)
  const endless = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      `https://a.example/${n}`,
      at(`/${n + 1}`),
    ]),
  )
  const long = await get({ [file]: at('/0'), ...endless })
  t.match(long.redirect, /too often/)
  t.ok(long.replies.length < 10)
})
