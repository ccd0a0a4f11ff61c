import t from 'tap'
import { controlTrouble } from './control-trouble.ts'
import { whyNot } from '../setting.ts'
import { whyNoSsh } from './ssh.ts'

const why = whyNot('bun') || whyNoSsh()
await (why ? t.plan(0, why) : controlTrouble(t, 'bun'))
