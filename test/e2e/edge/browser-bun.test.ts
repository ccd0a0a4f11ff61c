import t from 'tap'
import { whyNoBrowser } from '../../browser/chromium.ts'
import { browser } from './browser.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun') || whyNoBrowser()
await (why ? t.plan(0, why) : t.test('a browser', t => browser(t, 'bun')))
