import t from 'tap'
import { certificates } from './certificates.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bundle')
await (why ? t.plan(0, why) : certificates(t, 'bundle'))
