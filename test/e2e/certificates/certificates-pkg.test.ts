import t from 'tap'
import { certificates } from './certificates.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('pkg')
await (why ? t.plan(0, why) : certificates(t, 'pkg'))
