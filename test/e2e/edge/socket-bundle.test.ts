import t from 'tap'
import { onSocket } from './socket.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bundle')
await (why ? t.plan(0, why) : onSocket(t, 'bundle'))
