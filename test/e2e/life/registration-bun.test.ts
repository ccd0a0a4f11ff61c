import t from 'tap'
import { registration } from './registration.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : registration(t, 'bun'))
