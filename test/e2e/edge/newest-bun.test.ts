// The same with the newest Caddy, which FreeBSD has: Debian's is older.

import t from 'tap'
import { authority } from './authority.ts'
import { edge } from './edge.ts'
import { ports } from './ports.ts'
import { newestCaddy, whyNotNewest } from '../../support/caddy.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun') || whyNotNewest
const shape = { caddy: newestCaddy }

if (why) {
  t.plan(0, why)
} else {
  await t.test('the edge', t => edge(t, 'bun', shape))
  await t.test('ACME', t => authority(t, 'bun', shape))
  await t.test('its ports', t => ports(t, 'bun', shape))
}
