import t from 'tap'
import {
  noticesOfAuthority,
  statesIn,
} from '../../../lib/services/edge/authority.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { hostIn } from '../../small/host-in.ts'

const at = '2026/12/01 02:13:24.781'
const line = (logger: string, message: string, fields: object): string =>
  [at, 'INFO', logger, message, JSON.stringify(fields)].join('\t')

const identifier = 'a.example'
const asking = line('tls.obtain', 'acquiring lock', { identifier })
const refused = (error: string, logger = 'tls.obtain'): string =>
  line(logger, 'could not get certificate from issuer', { identifier, error })
const got = line('tls.obtain', 'certificate obtained successfully', {
  identifier,
})

const config = JSON.stringify({
  apps: { tls: { certificates: { automate: [identifier] } } },
})

const noticesFor = (log: string[], text = config) =>
  noticesOfAuthority(
    hostIn(t, {
      [paths.caddyConfig]: text,
      [paths.caddyLog]: `${log.join('\n')}\n`,
    }),
    0,
  )

t.test('the last answer of an authority counts', async t => {
  for (const [log, wanted] of [
    [[], undefined],
    [[asking], { isAsked: true }],
    [[asking, refused('x')], { error: 'x' }],
    [[asking, refused('x'), refused('y')], { error: 'y' }],
    [[asking, refused('x'), asking], { error: 'x', isAsked: true }],
    [[asking, refused('x'), got], {}],
    [[got, refused('x', 'tls.renew')], { error: 'x', isRenewal: true }],
    [['', 'a\tb', `${at}\tINFO\ttls.obtain\tacquiring lock\t{`], undefined],
    [[line('http', 'acquiring lock', { identifier })], undefined],
  ] as const) {
    t.same(statesIn(log.join('\n')).get(identifier), wanted, log.join())
  }
})

t.test('what it refuses is a notice, in its own words', async t => {
  t.same(await noticesFor([asking, refused('HTTP 400: no')]), [
    `the certificate of ${identifier} has not come yet; Caddy tries again: ` +
      'HTTP 400: no',
  ])
  t.same(await noticesFor([refused('HTTP 400: no', 'tls.renew')]), [
    `the certificate of ${identifier} is not renewed yet; Caddy tries again: ` +
      'HTTP 400: no',
  ])
  t.same(await noticesFor([asking, refused('no'), got]), [])
})

t.test('it is short, and safe for a terminal', async t => {
  const [notice = ''] = await noticesFor([
    refused(`\x1b[31m${'x'.repeat(9999)}`),
  ])
  t.notMatch(notice, '\x1b')
  t.ok(notice.length < 700)
})

t.test('hosts that Caddy gets no certificate for do not count', async t => {
  t.same(await noticesFor([refused('no')], '{}'), [])
  t.same(await noticesFor([refused('no')], 'not JSON'), [])
})
