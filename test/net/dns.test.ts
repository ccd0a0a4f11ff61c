// The records of a name, and a name server that does not answer.

import { createSocket } from 'node:dgram'
import * as dns from 'node:dns/promises'
import { Resolver } from 'node:dns/promises'
import t, { type Test } from 'tap'
import type * as door from '../../lib/net/dns.ts'

/** A name server that never answers; the number of questions. */
const silent = async (
  t: Test,
): Promise<{ port: number; count: () => number }> => {
  const socket = createSocket('udp4')
  let count = 0
  socket.on('message', () => count++)
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  t.teardown(() => socket.close())
  return { port: socket.address().port, count: () => count }
}

/** The door, with resolvers that ask a server of the test. */
const doorTo = (t: Test, server: string) => {
  class Asking extends Resolver {
    constructor(options: object) {
      super(options)
      this.setServers([server])
    }
  }
  return t.mockImport<typeof door>('../../lib/net/dns.ts', {
    'node:dns/promises': { ...dns, Resolver: Asking },
  })
}

/** The door, with answers of the test. */
const doorOf = (t: Test, answers: object) =>
  t.mockImport<typeof door>('../../lib/net/dns.ts', {
    'node:dns/promises': {
      ...dns,
      Resolver: class {
        cancel() {}
        constructor() {
          Object.assign(this, answers)
        }
      },
    },
  })

const none = () =>
  Promise.reject(Object.assign(new Error(), { code: 'ENODATA' }))

t.test('a name server that does not answer is given up', async t => {
  const { port, count } = await silent(t)
  const { nameServers } = await doorTo(t, `127.0.0.1:${port}`)
  const { addresses } = nameServers(new AbortController().signal)
  await t.rejects(addresses('example.com'), {
    message: /no name server answers/,
  })
  t.ok(count() >= 2, 'it was asked')
})

t.test('the end of all waits ends a question', async t => {
  const { port } = await silent(t)
  const { nameServers } = await doorTo(t, `127.0.0.1:${port}`)
  const end = new AbortController()
  const answer = nameServers(end.signal).services('_matrix._tcp.example.com')
  const rejected = t.rejects(answer, { message: /no name server answers/ })
  setImmediate(() => end.abort())
  await rejected
})

t.test('both kinds of addresses count, and none is no failure', async t => {
  const { nameServers } = await doorOf(t, {
    resolve4: async () => ['10.0.0.1'],
    resolve6: none,
  })
  const { addresses } = nameServers(new AbortController().signal)
  t.same(await addresses('a.example'), ['10.0.0.1'])
  t.same(await addresses('fd00::1'), ['fd00::1'], 'an address is not asked')
  const empty = await doorOf(t, { resolve4: none, resolve6: none })
  const { signal } = new AbortController()
  t.same(await empty.nameServers(signal).addresses('a.example'), [])
})

t.test('records SRV come in their order, and not any number', async t => {
  const record = (priority: number, weight: number) => ({
    ...{ name: 'a.example', port: 8448, priority, weight },
  })
  const { nameServers } = await doorOf(t, {
    resolveSrv: async () => [record(20, 0), record(10, 1), record(10, 5)],
  })
  const { services } = nameServers(new AbortController().signal)
  t.same(
    (await services('_x._tcp.example')).map(each => each.weight),
    [5, 1, 0],
  )
  const many = await doorOf(t, {
    resolveSrv: async () => Array.from({ length: 99 }, () => record(1, 1)),
  })
  const asked = many.nameServers(new AbortController().signal)
  t.equal((await asked.services('_x._tcp.example')).length, 8)
})
