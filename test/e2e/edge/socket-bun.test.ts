import t from 'tap'
import { onSocket } from './socket.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : onSocket(t, 'bun'))
