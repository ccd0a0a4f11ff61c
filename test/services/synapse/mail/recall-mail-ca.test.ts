// SMTPCA: what Synapse trusts in a mail server, and how it learns of it.

import t, { type Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { recallFederationCa } from '../../../../lib/services/synapse/federation/recall-federation-ca.ts'
import { recallMailCa } from '../../../../lib/services/synapse/mail/recall-mail-ca.ts'
import {
  trustedReads,
  trustedSteps,
} from '../../../../lib/services/synapse/trusted.ts'
import { hostIn } from '../../../small/host-in.ts'
import { asAuthority, issued } from '../../../small/issued.ts'

// Later than all that openssl makes here.
const now = new Date(Date.now() + 60 * 60 * 1000)
const own = issued({ subject: 'Own', extensions: asAuthority }).certificate
const root = issued({ subject: 'Root', extensions: asAuthority }).certificate

const files = { '/root/ca.pem': own, '/etc/ssl/cert.pem': root }
const params = {
  smtpHost: 'mail.example.com',
  smtpTls: 'auto',
  smtpCa: '/root/ca.pem',
} as const

const recalled = (
  t: Test,
  more: Readonly<Record<string, string>> = {},
  given: Parameters<typeof recallMailCa>[1] = params,
) => {
  const report = newReport()
  const pem = recallMailCa(hostIn(t, { ...files, ...more }), given, now, report)
  return { pem, told: report.faults.map(renderFault) }
}

t.test("SMTPCA adds to the system's certificates", async t => {
  t.same(recalled(t), { pem: own + root, told: [] })
  for (const given of [
    { smtpHost: 'mail.example.com', smtpTls: 'auto' },
    { ...params, smtpTls: 'none' },
    { smtpTls: 'auto', smtpCa: '/root/ca.pem' },
  ] as const) {
    t.same(recalled(t, {}, given), { pem: undefined, told: [] })
  }
})

t.test('a file that cannot be used is an error', async t => {
  const spaced = { '/root/ca.pem': ` ${own}` }
  t.match(recalled(t, spaced).told, [
    /^error: SMTPCA: \/root\/ca\.pem: contains "-----BEGIN" in line 1 /,
  ])
})

t.test("an administrator's own environment is an error", async t => {
  const rc = (text: string) => recalled(t, { [paths.rcConf]: text }).told
  t.same(rc('synapse_env="A=1"\n'), [])
  t.same(rc(`synapse_env_file="${paths.synapseEnv}"\n`), [])
  t.same(rc('synapse_env_file="/root/env"\n'), [
    'error: SMTPCA: needs synapse_env_file in /etc/rc.conf, which is set to ' +
      '"/root/env": move the lines of that file to synapse_env, and remove ' +
      'the variable',
  ])
  t.same(rc("synapse_env='SSL_CERT_FILE=/x'\n"), [
    'error: SMTPCA: has no effect while synapse_env in /etc/rc.conf sets ' +
      'SSL_CERT_FILE: remove that, and add its certificates to SMTPCA',
  ])
})

t.test('Synapse gets them by its environment', async t => {
  const mailCa = own + root
  const steps = trustedSteps({ mailCa })
  t.match(steps, [
    { kind: 'file', path: paths.mailCa, content: mailCa, mode: 0o644 },
    {
      kind: 'file',
      path: paths.synapseEnv,
      content: `SSL_CERT_FILE=${paths.mailCa}\n`,
    },
    { kind: 'rcvar', name: 'synapse_env_file', value: paths.synapseEnv },
  ])
  t.same(trustedReads({ mailCa }), [paths.mailCa, paths.synapseEnv])
  t.same(trustedSteps({}), [])
})

t.test('an authority for mail is none for other homeservers', async t => {
  const trust = (
    given: Parameters<typeof recallFederationCa>[1],
    has: Readonly<Record<string, string>> = files,
  ) =>
    recallFederationCa(hostIn(t, has), given, now, newReport())?.map(
      ({ content }) => content,
    )
  t.same(trust({ ...params, federation: true }), [root])
  t.equal(trust({ ...params, federation: false }), undefined)
  t.equal(trust({ ...params, smtpTls: 'none', federation: true }), undefined)
  const { '/root/ca.pem': mine } = files
  t.equal(
    trust({ ...params, federation: true }, { '/root/ca.pem': mine }),
    undefined,
  )
})
