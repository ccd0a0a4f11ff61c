import t from 'tap'
import { whyNot } from '../setting.ts'
import { users } from './users.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : users(t, 'bun'))
