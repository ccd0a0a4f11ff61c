import t from 'tap'
import { authority } from './authority.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : t.test('ACME', t => authority(t, 'bun')))
