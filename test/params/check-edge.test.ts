import t from 'tap'
import { check } from '../../lib/params/check.ts'
import { newReport, renderFault } from '../../lib/contract/report.ts'
import { gathered, required, type Given } from '../small/given.ts'

const faultsOf = (given: Given): string[] => {
  const report = newReport()
  check(gathered({ ...required, ...given }), report)
  return report.faults.map(renderFault)
}

const error = (name: string, message: string): string =>
  `error: ${name} (environment): ${message}`

const ca = '/root/ca.pem'
const directory = 'https://acme.example.net/dir'

t.test('the parameters of the edge fit together', async t => {
  for (const given of [
    { EDGE: 'yes' },
    { EDGE: 'yes', NOSSL: 'no' },
    { EDGE: 'no', ACME: 'off', SERVEDOMAIN: '0', ACCESSLOG: 'no' },
    { EDGE: 'yes', PUBLICHOST: 'matrix.example.com', SERVEDOMAIN: 'yes' },
    { EDGE: 'yes', DOMAIN: '10.0.0.1', ACME: 'no' },
    { EDGE: 'yes', DOMAIN: 'example.com:8448', ACME: 'yes' },
    {
      ...{ EDGE: 'yes', ACME: 'yes', ACMEDIRECTORY: directory, ACMECA: ca },
      ...{ ACMEKID: 'kid', ACMEHMAC: 'aGFsbG8_-' },
    },
    { EDGE: 'yes', TRUSTEDPROXIES: '10.0.0.0/8', ADMINNETWORKS: '::1' },
  ] satisfies Given[]) {
    t.same(faultsOf(given), [], JSON.stringify(given))
  }
})

t.test('parameters that exclude each other are an error', async t => {
  t.same(faultsOf({ EDGE: 'yes', NOSSL: 'yes' }), [
    error(
      'EDGE',
      '"yes" excludes NOSSL=yes: with the edge no other proxy reaches ' +
        'Synapse: set one of them to no',
    ),
  ])
  t.same(faultsOf({ EDGE: 'yes', ACME: 'yes', DOMAIN: '[2001:db8::1]' }), [
    error(
      'ACME',
      '"yes" needs a host name, but DOMAIN is the address 2001:db8::1: set ' +
        'it to no',
    ),
  ])
  t.same(faultsOf({ EDGE: 'yes', SERVEDOMAIN: 'yes', DOMAIN: 'a.b:443' }), [
    error(
      'SERVEDOMAIN',
      '"yes" has no use with DOMAIN=a.b:443: other servers do not look for ' +
        '.well-known if the server name has a port: set it to no',
    ),
  ])
})

t.test('without the edge its parameters are errors', async t => {
  for (const [name, value] of [
    ['PUBLICHOST', 'matrix.example.com'],
    ['SERVEDOMAIN', 'yes'],
    ['ACME', 'yes'],
    ['ACMEDIRECTORY', 'staging'],
    ['ACMECA', ca],
    ['SUPPORTPAGE', 'https://example.com/'],
    ['SUPPORTCONTACT', 'a@example.com'],
    ['WEBCLIENTHOST', 'chat.example.com'],
    ['TRUSTEDPROXIES', '10.0.0.1'],
    ['ADMINNETWORKS', '10.0.0.1'],
    ['ACCESSLOG', 'TRUE'],
  ] as const) {
    const wanted = [error(name, 'needs EDGE=yes')]
    t.same(faultsOf({ [name]: value }), wanted, name)
  }
})

t.test('the web client has a host of its own', async t => {
  const edge = { EDGE: 'yes', WEBCLIENTHOST: 'Chat.example.com' }
  t.same(faultsOf(edge), [])
  t.same(faultsOf({ ...edge, PUBLICHOST: 'matrix.example.com' }), [])
  const ofHomeserver = (host: string) =>
    error(
      'WEBCLIENTHOST',
      `"${host}" is the host of the homeserver, where a file that a user ` +
        'uploads could take over the web client: write a host of its own',
    )
  for (const given of [
    { DOMAIN: 'chat.example.com' },
    { DOMAIN: 'chat.example.com:8448' },
    { PUBLICHOST: 'CHAT.example.com' },
    { PUBLICHOST: 'chat.example.com', SERVEDOMAIN: 'yes' },
  ]) {
    const wanted = [ofHomeserver('chat.example.com')]
    t.same(faultsOf({ ...edge, ...given }), wanted, JSON.stringify(given))
  }
  for (const SERVEDOMAIN of ['yes', 'no']) {
    const given = { PUBLICHOST: 'matrix.example.com', SERVEDOMAIN }
    t.same(
      faultsOf({ EDGE: 'yes', WEBCLIENTHOST: 'example.com', ...given }),
      [
        error(
          'WEBCLIENTHOST',
          '"example.com" is the host in DOMAIN, where clients and servers look ' +
            'for .well-known: write a host of its own',
        ),
      ],
      SERVEDOMAIN,
    )
  }
  t.same(faultsOf({ EDGE: 'yes', WEBCLIENTHOST: '10.0.0.1' }), [
    error('WEBCLIENTHOST', '"10.0.0.1" is an address: write a host name'),
  ])
})

t.test('without an authority its parameters are errors', async t => {
  t.same(
    faultsOf({ EDGE: 'yes', ACMEDIRECTORY: directory, ACMECA: ca }),
    ['ACMEDIRECTORY', 'ACMECA'].map(name => error(name, 'needs ACME=yes')),
  )
})

t.test('an account of the authority is a key id and a key', async t => {
  const edge = { EDGE: 'yes', ACME: 'yes' }
  t.same(faultsOf({ ...edge, ACMEKID: 'a' }), [
    'error: ACMEHMAC (missing): required by ACMEKID',
  ])
  t.same(faultsOf({ ...edge, ACMEHMAC: 'aGFsbG8' }), [
    'error: ACMEKID (missing): required by ACMEHMAC',
  ])
  t.same(faultsOf({ ...edge, ACMEKID: 'a', ACMEHMAC: 's3cret+/==' }), [
    error('ACMEHMAC', 'its value is not base64url (A-Z, a-z, 0-9, - and _)'),
  ])
})
