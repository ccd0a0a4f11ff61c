import t from 'tap'
import { restarts } from './restarts.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : restarts(t, 'bun'))
