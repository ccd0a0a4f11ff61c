import t from 'tap'
import type { Ledger } from '../../../lib/engine/record/made.ts'
import { movesOf } from '../../../lib/engine/record/moves.ts'
import type { Probe } from '../../../lib/net/probe.ts'
import { healthAt } from '../../small/service-step.ts'

const port = (port: number, address = '10.0.0.1') => ({
  ...{ address, port, tls: false },
})
const socket = { socket: '/var/x.sock' }

const ledger = (all: Readonly<Record<string, readonly Probe[]>>): Ledger =>
  Object.fromEntries(
    Object.entries(all).map(([name, probes]) => [
      name,
      { checks: probes.map(healthAt), made: [] },
    ]),
  )

const end = ': a proxy that connects there gets no answer any more'

t.test('where a service listens no longer is said', async t => {
  for (const [name, old, next, what] of [
    [
      'to a socket',
      { s: [port(1), port(2)] },
      { s: [socket] },
      'listens on unix:/var/x.sock and no longer on 10.0.0.1:1 and 10.0.0.1:2',
    ],
    [
      'back',
      { s: [socket] },
      { s: [port(1), port(2)] },
      'listens on 10.0.0.1:1 and 10.0.0.1:2 and no longer on unix:/var/x.sock',
    ],
    [
      'one of two',
      { s: [port(1), port(2)] },
      { s: [port(2)] },
      'no longer on 10.0.0.1:1',
    ],
    [
      'an address that another service takes over is none',
      { s: [port(1), port(2)] },
      { s: [socket], edge: [port(1)] },
      'listens on unix:/var/x.sock and no longer on 10.0.0.1:2',
    ],
  ] as const) {
    t.same(
      movesOf(ledger(old), ledger(next)),
      [{ name: 's', what: what + end }],
      name,
    )
  }
})

t.test('nothing is said if nothing is given up', async t => {
  for (const [old, next] of [
    [{}, { s: [port(1)] }],
    [{ s: [port(1)] }, { s: [port(1)] }],
    [{ s: [port(1)] }, { s: [port(1), port(2)] }],
    [{ s: [] }, { s: [port(1)] }],
    // Such a service is stopped, and the plan says so.
    [{ s: [port(1)] }, {}],
    [{ s: [port(1)] }, { s: [] }],
  ] as const) {
    t.same(movesOf(ledger(old), ledger(next)), [])
  }
})
