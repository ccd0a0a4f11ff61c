import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { untilWell } from '../../lib/engine/health.ts'
import {
  healthFault,
  isTaken,
  probeName,
  type Probe,
} from '../../lib/net/probe.ts'
import { hostAt } from '../../lib/host/host.ts'
import { machine } from '../small/host-in.ts'
import {
  free,
  listening,
  listeningAt,
  listeningRaw,
  listeningSecurely,
  ok,
  silent,
  whyNoIpv6,
} from '../support/listening.ts'
import { mostly, timeOf } from '../support/promptly.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { healthAt } from '../small/service-step.ts'

t.jobs = 8

const here = hostAt('/', machine)

t.test('a probe is named as a URL', async t => {
  for (const [address, port, tls, name] of [
    ['10.192.0.5', 8008, false, 'http://10.192.0.5:8008'],
    ['0.0.0.0', 8448, true, 'https://0.0.0.0:8448'],
    ['::1', 8448, true, 'https://[::1]:8448'],
    ['localhost', 80, false, 'http://localhost:80'],
  ] as const) {
    t.equal(probeName({ address, port, tls }), name)
  }
  t.equal(probeName({ socket: '/var/run/x.sock' }), 'unix:/var/run/x.sock')
})

t.test('200 on /health is healthy, and nothing else is', async t => {
  for (const status of [200, 201, 204, 301, 404, 500, 503]) {
    const probe = await listening(t, ({ url }, response) => {
      response.writeHead(url === '/health' ? status : 200).end()
    })
    const fault = status === 200 ? undefined : `answers ${status}`
    t.equal(await healthFault(probe), fault)
  }
})

t.test('a port where nobody listens is not healthy', async t => {
  t.match(await healthFault(await free()), /ECONNREFUSED/)
})

t.test('who accepts and does not answer is not healthy', async t => {
  const dribble = await listeningRaw(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const more = setInterval(() => socket.write('x: y\r\n'), 100)
    socket.on('close', () => clearInterval(more))
  })
  for (const probe of [await listening(t, silent), dribble]) {
    const time = await timeOf(async () =>
      t.equal(await healthFault(probe), 'no answer'),
    )
    t.ok(time < 3000, 'and does not hold up')
  }
})

t.test('what follows a 200 is not waited for', async t => {
  let closed: Promise<void> | undefined
  const probe = await listening(t, (_, response) => {
    closed = new Promise(resolve => response.on('close', () => resolve()))
    response.writeHead(200).write('O')
  })
  t.equal(await healthFault(probe), undefined)
  // A question ends by itself after 2 s.
  t.ok((await timeOf(async () => closed)) < 1500)
})

t.test('who does not speak HTTP is not healthy', async t => {
  const probe = await listeningRaw(t, socket => socket.write('220 smtp\r\n'))
  t.match(await healthFault(probe), /^Parse Error/)
  const gone = await listeningRaw(t, socket => socket.destroy())
  t.match(await healthFault(gone), /socket hang up|ECONNRESET/)
})

t.test('TLS is asked by TLS, whoever signed its certificate', async t => {
  const secure = await listeningSecurely(t, ok)
  t.equal(await healthFault(secure), undefined)
  t.match(await healthFault({ ...secure, tls: false }), /socket hang up|RESET/)
  const plain = await listening(t, ok)
  t.match(await healthFault({ ...plain, tls: true }), /^\S.*EPROTO.*\S$/)
  const busy = await listeningSecurely(t, (_, response) => {
    response.writeHead(503).end()
  })
  t.equal(await healthFault(busy), 'answers 503')
})

t.test('a socket of the file system is asked like a port', async t => {
  const socket = join(temporaryFolder(t, 'probe'), 'x.sock')
  t.match(await healthFault({ socket }), /ENOENT/)
  t.equal(await isTaken({ socket }), false)
  let status = 503
  await listeningAt(t, socket, ({ url }, response) => {
    response.writeHead(url === '/health' ? status : 404).end()
  })
  t.equal(await healthFault({ socket }), 'answers 503')
  status = 200
  t.equal(await healthFault({ socket }), undefined)
  t.equal(await isTaken({ socket }), true)
})

const reached = async (
  t: Test,
  pairs: readonly (readonly [bound: string, asked: string])[],
): Promise<void> => {
  for (const [bound, asked] of pairs) {
    const { port } = await listening(t, ok, { address: bound })
    const probe = { address: asked, port, tls: false }
    t.equal(await healthFault(probe), undefined, `${asked} of ${bound}`)
    t.equal(await isTaken(probe), true, `${asked} of ${bound}`)
  }
}

t.test('all addresses are asked at one', async t => {
  await reached(t, [
    ['127.0.0.1', '0.0.0.0'],
    ['0.0.0.0', '0.0.0.0'],
    // Twisted takes a name for one of IPv4.
    ['127.0.0.1', 'localhost'],
  ])
})

t.test('IPv6 is asked by IPv6', { skip: whyNoIpv6() }, async t => {
  await reached(t, [
    ['::1', '::1'],
    ['::1', '::'],
    ['::', '::'],
  ])
  const { port } = await listening(t, ok, { address: '::1' })
  for (const address of ['0.0.0.0', 'localhost']) {
    const four = { address, port, tls: false }
    t.match(await healthFault(four), /ECONNREFUSED 127\.0\.0\.1/)
    t.equal(await isTaken(four), false)
  }
})

t.test('what is no address is not healthy', async t => {
  const { port } = await free()
  for (const [probe, told] of [
    [{ address: 'no-such-name.invalid', port, tls: false }, /ENOTFOUND|AGAIN/],
    [{ address: 'a\0b', port, tls: true }, /./],
    [{ address: '127.0.0.1', port: 65536, tls: false }, /Port should be/],
  ] satisfies [Probe, RegExp][]) {
    t.match(await healthFault(probe), told)
    t.equal(await isTaken(probe), false)
  }
})

t.test('a question can be given up', async t => {
  const probe = await listening(t, silent)
  const done = new AbortController()
  setTimeout(() => done.abort(), 50)
  const time = await timeOf(async () =>
    t.type(await healthFault(probe, done.signal), 'string'),
  )
  t.ok(time < 1500, `${time} ms`)
})

t.test('a port is taken when anything listens there', async t => {
  for (const probe of [
    await listening(t, silent),
    await listeningSecurely(t, ok),
    await listeningRaw(t, socket => socket.destroy()),
  ]) {
    t.equal(await isTaken(probe), true)
  }
  t.equal(await isTaken(await free()), false)
})

/** How long after `change` a listener's health was noticed. */
const noticed = async (
  probe: Probe,
  change: () => unknown,
  told: string[],
): Promise<number> => {
  const { signal } = new AbortController()
  const healthy = untilWell(healthAt(probe), here, signal, fault =>
    told.push(fault),
  )
  await sleep(200)
  await change()
  return timeOf(() => healthy)
}

t.test('health is noticed within 100 ms', { jobs: 1 }, async t => {
  const refuses = async () => {
    const probe = await free()
    return { probe, change: () => listening(t, ok, probe) }
  }
  const isBusy = async () => {
    let status = 503
    const probe = await listening(t, (_, response) => {
      response.writeHead(status).end()
    })
    return { probe, change: () => (status = 200) }
  }
  // What came before it was ready is never answered.
  const isDeaf = async () => {
    let answer = silent
    const probe = await listening(t, (...each) => answer(...each))
    return { probe, change: () => (answer = ok) }
  }
  for (const [setting, first] of [
    [refuses, /ECONNREFUSED/],
    [isBusy, /^answers 503$/],
    [isDeaf, undefined],
  ] as const) {
    const after: number[] = []
    for (let tries = 0; tries < 5; tries++) {
      const { probe, change } = await setting()
      const told: string[] = []
      after.push(await noticed(probe, change, told))
      t.match(told[0] ?? '', first ?? /^$/)
    }
    t.ok(mostly(after) < 100, `${mostly(after)} ms`)
  }
})

t.test('asking ends when nobody waits any more', async t => {
  for (const probe of [await free(), await listening(t, silent)]) {
    const done = new AbortController()
    setTimeout(() => done.abort(), 200)
    const time = await timeOf(async () =>
      t.equal(
        await untilWell(healthAt(probe), here, done.signal, () => undefined),
        false,
      ),
    )
    t.ok(time < 1500, `${time} ms`)
  }
})

t.test('who is healthy is not asked again', async t => {
  let asked = 0
  const probe = await listening(t, (_, response) => {
    asked++
    response.end()
  })
  const { signal } = new AbortController()
  t.equal(await untilWell(healthAt(probe), here, signal, t.fail), true)
  // A question that was on its way may still arrive.
  await sleep(200)
  const then = asked
  await sleep(200)
  t.equal(asked, then)
})
