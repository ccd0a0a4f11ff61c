import t from 'tap'
import { ldap } from './ldap.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : ldap(t, 'bun'))
