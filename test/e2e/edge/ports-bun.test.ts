import t from 'tap'
import { ports } from './ports.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : t.test('its ports', t => ports(t, 'bun')))
