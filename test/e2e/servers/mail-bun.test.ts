import t from 'tap'
import { mail } from './mail.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : mail(t, 'bun'))
