// The names in a certificate, compared as by the copy of match_hostname that
// ldap3 uses with Python 3.12 or later.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { isNamedAsText } from '../../lib/net/name-as-text.ts'
import { findSynapse, whyNoSynapse } from '../jail/synapse.ts'

/** The addresses and host names in a certificate, and its common name. */
const certificates = [
  { ips: ['192.0.2.1'], hosts: [], cn: 'x.example' },
  { ips: ['192.0.2.1'], hosts: [], cn: '192.0.2.1' },
  { ips: [], hosts: ['x.example', '192.0.2.1'], cn: 'y.example' },
  { ips: [], hosts: ['x.example'], cn: '192.0.2.1' },
  { ips: ['2001:DB8::1'], hosts: ['2001:DB8::1'], cn: 'x' },
  { ips: [], hosts: [], cn: '2001:db8::1' },
  { ips: [], hosts: [], cn: '2001:db8::10' },
]

const code = `
import json, sys
sys.path.insert(0, sys.argv[1])
from ldap3.utils.tls_backport import CertificateError, match_hostname
def matches(each, name):
  san = [('IP Address', ip) for ip in each['ips']]
  san += [('DNS', host) for host in each['hosts']]
  subject = ((('commonName', each['cn']),),)
  try:
    match_hostname({'subjectAltName': san, 'subject': subject}, name)
    return True
  except CertificateError:
    return False
print(json.dumps([
  [matches(each, name) for name in ('192.0.2.1', '2001:db8::1')]
  for each in json.loads(sys.argv[2])
]))`

const why = whyNoSynapse()
why ? t.plan(0, why) : compare()

function compare(): void {
  t.test('an address is compared as ldap3 does', async t => {
    const { executable, packages } = findSynapse()
    const args = ['-c', code, packages, JSON.stringify(certificates)]
    const theirs = JSON.parse(String(execFileSync(executable, args)))
    const ours = certificates.map(({ ips, hosts, cn }) => {
      const subjectaltname = [
        ...ips.map(ip => `IP Address:${ip}`),
        ...hosts.map(host => `DNS:${host}`),
      ].join(', ')
      return ['192.0.2.1', '2001:db8::1'].map(name =>
        isNamedAsText({ subject: { CN: cn }, subjectaltname }, name),
      )
    })
    t.same(ours, theirs)
    t.same(theirs.flat().filter(Boolean).length, 4)
  })
}
