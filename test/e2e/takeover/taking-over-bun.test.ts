import t from 'tap'
import { whyNot } from '../setting.ts'
import { takingOver } from './taking-over.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : takingOver(t, 'bun'))
