import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { certificatesIn } from '../../lib/formats/pem.ts'
import { judgeChain } from '../../lib/tls/judge-chain.ts'
import type { Pair } from '../jail/authority.ts'
import { asAuthority, issued } from '../small/issued.ts'

const authority = (subject: string, by?: Pair, days = 90): Pair =>
  issued({ subject, extensions: asAuthority, days, ...(by && { by }) })

const root = authority('Root')
const outer = authority('Outer', root)
const inner = authority('Inner', outer)
const stranger = authority('Stranger', root)
const namesake = authority('Inner', stranger)
const leaf = issued({ by: inner })
const direct = issued({ by: root })
const own = issued({})
const ending = authority('Ending', root, 1)
const last = issued({ by: ending })

const later = new Date(Date.now() + 2 * 24 * 60 * 60 * 1000)

const judge = (pairs: readonly Pair[], roots: readonly Pair[], now: Date) =>
  judgeChain(
    certificatesIn(pairs.map(({ certificate }) => certificate).join('')),
    () => roots.map(({ certificate }) => new X509Certificate(certificate)),
    now,
  )

const lacks = (issuer: string, of: string, instead = ''): string =>
  `lacks the certificate of "CN=${issuer}", which signed that of ` +
  `"CN=${of}"${instead}: append it, or other servers and clients may reject ` +
  'the certificate'

t.test('a chain with a gap is a warning that names the issuer', async t => {
  for (const [what, sent, roots, said] of [
    ['the leaf alone', [leaf], [root], [lacks('Inner', 'server')]],
    ['without a system', [leaf], [], [lacks('Inner', 'server')]],
    [
      'with another intermediate',
      [leaf, stranger],
      [root],
      [
        lacks(
          'Inner',
          'server',
          '; what follows ("CN=Stranger") did not sign it',
        ),
      ],
    ],
    [
      'with a namesake of the intermediate',
      [leaf, namesake],
      [root],
      [lacks('Inner', 'server', '; what follows ("CN=Inner") did not sign it')],
    ],
    ['of an unknown root', [direct], [stranger], [lacks('Root', 'server')]],
  ] as const) {
    t.same(judge(sent, roots, new Date()), said, what)
  }
})

t.test('a whole chain is none', async t => {
  for (const [what, sent, roots] of [
    ['self-signed', [own], []],
    ['directly of a root of the system', [direct], [root]],
    ['with its intermediates', [leaf, inner, outer], [root]],
    ['with the root too', [leaf, inner, outer, root], []],
    ['with the root of its own', [direct, root], []],
    ['in another order', [leaf, outer, inner], [root]],
    ['with something besides', [leaf, inner, outer, stranger], [root]],
    ['of a root that is not known here', [leaf, inner, outer], []],
  ] as const) {
    t.same(judge(sent, roots, new Date()), [], what)
  }
})

t.test('the roots are not read if they do not matter', async t => {
  const all = [leaf, inner].map(({ certificate }) => certificate).join('')
  const read = (): never => t.fail('read') as never
  t.same(judgeChain(certificatesIn(all), read, new Date()), [])
})

t.test('an intermediate that has expired is a warning', async t => {
  const [said, ...more] = judge([last, ending], [root], later)
  t.same(more, [])
  t.match(
    said,
    /^contains the certificate "CN=Ending", which expired on [\d-]+: replace it$/,
  )
})

t.test('the certificate of an authority is a warning', async t => {
  t.same(judge([root], [], new Date()), [
    'is the certificate of an authority (CA:TRUE): some servers and clients ' +
      'do not accept that from a server',
  ])
})
