import t from 'tap'
import { token } from './token.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : token(t, 'bun'))
