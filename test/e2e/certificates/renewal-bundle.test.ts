import t from 'tap'
import { renewal } from './renewal.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bundle')
await (why ? t.plan(0, why) : renewal(t, 'bundle', 1000))
