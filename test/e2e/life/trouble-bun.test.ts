import t from 'tap'
import { trouble } from './trouble.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : trouble(t, 'bun'))
