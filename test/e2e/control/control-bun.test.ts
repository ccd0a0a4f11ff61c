import t from 'tap'
import { controlUser } from './control.ts'
import { whyNot } from '../setting.ts'
import { whyNoSsh } from './ssh.ts'

const why = whyNot('bun') || whyNoSsh()
await (why ? t.plan(0, why) : controlUser(t, 'bun'))
