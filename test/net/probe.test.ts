import t from 'tap'
import { isTaken, probeName } from '../../lib/net/probe.ts'
import {
  free,
  listening,
  listeningRaw,
  listeningSecurely,
  ok,
  silent,
} from '../support/listening.ts'

t.jobs = 8

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
