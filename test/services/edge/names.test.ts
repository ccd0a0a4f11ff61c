import t from 'tap'
import { sitesOf, wildcardFor } from '../../../lib/services/edge/names.ts'
import { params, type Given } from '../../small/given.ts'

t.test('the edge answers for the hosts that others connect to', async t => {
  for (const [given, wanted] of [
    [{}, ['example.com']],
    [{ PUBLICHOST: 'm.example.com' }, ['m.example.com']],
    [
      { PUBLICHOST: 'm.example.com', SERVEDOMAIN: 'yes' },
      ['m.example.com', 'example.com'],
    ],
    [{ PUBLICHOST: 'EXAMPLE.com', SERVEDOMAIN: 'yes' }, ['example.com']],
    // There is no delegation for a server name with a port.
    [
      { DOMAIN: 'a.example:8448', PUBLICHOST: 'm.example' },
      ['m.example', 'a.example'],
    ],
    [{ DOMAIN: '[2001:db8::1]:8448' }, ['2001:db8::1']],
  ] satisfies [Given, string[]][]) {
    const all = params({ EDGE: 'yes', ...given })
    t.same(sitesOf(all), wanted, JSON.stringify(given))
  }
})

t.test('a preliminary certificate has a wildcard', async t => {
  for (const [host, wanted] of [
    ['matrix.example.com', '*.example.com'],
    ['example.com', '*.com'],
    ['localhost', '*'],
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '::1'],
  ] as const) {
    t.equal(wildcardFor(host), wanted)
  }
})
