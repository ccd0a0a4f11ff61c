import t from 'tap'
import { restarts } from './restarts.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bundle')
await (why ? t.plan(0, why) : restarts(t, 'bundle'))
