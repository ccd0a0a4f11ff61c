// The warnings after a start about the servers that Synapse will need: a real
// mail server and a real LDAP server, with and without problems.

import { appendFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { makeAuthority } from '../../jail/authority.ts'
import { hashed, startLdapServer } from '../../jail/ldap-server.ts'
import type { Life } from '../../jail/life.ts'
import { login, mailParameters, settleWithMail } from './post.ts'
import { address, type Kind, type Setting } from '../setting.ts'

const ldapHost = 'ldap.example.com'
const suffix = 'dc=example,dc=com'
const password = 'p"ä\\%$'

const entries = [
  { dn: suffix, attributes: { objectClass: 'domain', dc: 'example' } },
  {
    dn: `ou=People,${suffix}`,
    attributes: { objectClass: 'organizationalUnit', ou: 'People' },
  },
  {
    dn: `uid=alice,ou=People,${suffix}`,
    attributes: {
      ...{ objectClass: 'inetOrgPerson', uid: 'alice', cn: 'a', sn: 'b' },
      ...{ givenName: 'Alice', mail: 'alice@example.com' },
    },
  },
  {
    dn: `cn=Manager,${suffix}`,
    attributes: {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'Manager',
      userPassword: hashed(password),
    },
  },
]

/** The LDAP server is at the jail's own address, the mail server at another. */
export const settleWithBoth = async (t: Life, kind: Kind) => {
  const served = await settleWithMail(t, kind, [
    { port: 25, tls: 'none', auth: ['PLAIN'] },
    { port: 465, tls: 'implicit', auth: ['PLAIN'] },
    { port: 587, tls: 'starttls', auth: ['PLAIN'] },
    { port: 2587, tls: 'starttls', auth: ['PLAIN'], isStrange: true },
    {
      ...{ port: 3587, tls: 'starttls', auth: ['PLAIN'] },
      refuses: { code: 550, text: 'no relay for you' },
    },
    {
      ...{ port: 5587, tls: 'starttls', auth: ['PLAIN'] },
      refusesSender: { code: 553, text: 'who are you' },
    },
  ])
  const { jail } = served.setting
  const authority = makeAuthority('The company')
  const pair = authority.sign(`DNS:${ldapHost}`)
  const hosts = `${address} ${ldapHost} other.example.com\n`
  appendFileSync(jail.path('/etc/hosts'), hosts)
  writeFileSync(jail.path('/root/ldap-ca.pem'), authority.certificate)
  const addresses = [address]
  await startLdapServer(t, jail, { addresses, pair, suffix, entries })
  return served
}

/** Parameters without a problem. */
export const well = {
  ...mailParameters,
  SMTPPORT: '587',
  LDAPSERVER: ldapHost,
  LDAPDOMAIN: 'example.com',
  LDAPPASSWORD: password,
  LDAPTLS: 'starttls',
  LDAPCA: '/root/ldap-ca.pem',
}

interface Case {
  what: string
  given: Record<string, string>
  mail?: RegExp
  ldap?: RegExp
}

const unknown = /^\S+ sends a certificate that comes from an authority that is /

const cases: readonly Case[] = [
  { what: 'all is well', given: {} },
  {
    what: 'all is well with TLS at once',
    given: { SMTPPORT: '465', LDAPTLS: 'ldaps' },
  },
  {
    what: 'nobody is there',
    given: { SMTPPORT: '26', LDAPSERVER: '10.192.0.25' },
    mail: /^mail\.example\.com:26 refuses the connection/,
    ldap: /^10\.192\.0\.25:389 refuses the connection.* local accounts have to wait, too$/,
  },
  {
    what: 'nobody knows the authority',
    given: { SMTPPORT: '2587', SMTPTLS: 'starttls', LDAPCA: '' },
    mail: unknown,
    ldap: unknown,
  },
  {
    what: 'the certificate has another name',
    given: { SMTPHOST: '10.192.0.25', LDAPSERVER: 'other.example.com' },
    mail: /for mail\.example\.com, not for 10\.192\.0\.25$/,
    ldap: /for ldap\.example\.com, not for other\.example\.com$/,
  },
  {
    what: 'the password is wrong',
    given: { SMTPPASS: 'M4RK3R', LDAPPASSWORD: 'M4RK3R' },
    mail: / refuses the login: is SMTPUSER or SMTPPASS wrong\? 535 who is that\?$/,
    ldap: / refuses the login: is LDAPPASSWORD or LDAPBINDDN wrong\?/,
  },
  {
    what: 'STARTTLS is not offered, and there is no such base',
    given: {
      SMTPPORT: '25',
      SMTPTLS: 'starttls',
      LDAPBASE: 'ou=No,dc=example,dc=com',
    },
    mail: / offers no STARTTLS/,
    ldap: / has no such entry: LDAPBASE is "ou=No,dc=example,dc=com"$/,
  },
  {
    what: 'nobody has the attribute of user names',
    given: { LDAPUID: 'sAMAccountName' },
    ldap: / has nobody who can log in: no entry below LDAPBASE, "ou=People,\S+ has the attribute sAMAccountName \(LDAPUID\)$/,
  },
  {
    what: 'the filter fits nobody',
    given: { LDAPFILTER: '(uid=bob)' },
    ldap: / nobody who can log in: LDAPFILTER, "\(uid=bob\)", fits no user /,
  },
  {
    what: 'the mail server takes no mail after the login',
    given: { SMTPPORT: '3587', SMTPTLS: 'starttls' },
    mail: / refuses a mail from noreply@example\.com to ALERTEMAIL, \S+: 550 no relay for you$/,
  },
  {
    what: 'there is no route to it, and no such host name',
    given: { SMTPHOST: '192.0.2.1', LDAPSERVER: 'no.invalid' },
    mail: / there is no route to it$/,
    ldap: / has a host name that /,
  },
]

/** Ports that accept, and a name server: none of them answers. */
const startSilence = async (t: Test, { jail }: Setting): Promise<void> => {
  const child = jail.spawn(
    [
      process.execPath,
      '-e',
      `require('dgram').createSocket('udp4').bind(53, '127.0.0.1')
      require('net').createServer(socket => socket.on('error', () => {}))
        .listen(26, '10.192.0.25', () => console.log('up'))`,
    ],
    { host: true, input: '' },
  )
  t.teardown(() => child.kill('SIGKILL'))
  await new Promise(resolve => child.stdout!.once('data', resolve))
  // A question goes unanswered for 150 s.
  const text = 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n'
  writeFileSync(jail.path('/etc/resolv.conf'), text)
}

const toldOf = (which: string, stderr: string): string[] =>
  [
    ...stderr.matchAll(new RegExp(`^warning: the ${which} server (.*)$`, 'gm')),
  ].map(([, told = '']) => told)

export const outside = async (t: Test, kind: Kind): Promise<void> => {
  const { setting, post } = await settleWithBoth(t, kind)
  const run = (given: Record<string, string>) =>
    setting.cook([], { ...well, ...given })
  const healthy = async (t: Test): Promise<void> => {
    const url = `https://${address}:8448/health`
    const { status } = await setting.jail.fetch(url, { insecure: true })
    t.equal(status, 200)
  }

  for (const { what, given, mail, ldap } of cases) {
    await t.test(what, async t => {
      const { code, stdout, stderr } = await run(given)
      t.equal(code, 0, stderr)
      t.match(stdout, 'synapse is healthy after')
      for (const [which, wanted] of [
        ['mail', mail],
        ['LDAP', ldap],
      ] as const) {
        t.match(toldOf(which, stderr), wanted ? [wanted] : [])
        t.equal(toldOf(which, stderr).length, wanted ? 1 : 0, stderr)
      }
      for (const secret of ['M4RK3R', password, login.password]) {
        t.notOk((stdout + stderr).includes(secret))
      }
      await healthy(t)
    })
  }

  await t.test('a rerun with nothing to do opens no connection', async t => {
    await run({})
    await post.ended()
    const { code, stdout, stderr } = await run({})
    t.equal(code, 0, stderr)
    t.match(stdout, 'nothing to do')
    // The test's own connection is the only one.
    await run({ MAXUPLOAD: '3M' })
    t.equal((await post.ended()).length, 1)
  })

  await t.test('a server that does not answer is not waited for', async t => {
    await startSilence(t, setting)
    // It has no limit but that of resolv.conf.
    const patient = setting.jail.spawn(['getent', 'hosts', 'x.example.com'])
    t.teardown(() => patient.kill('SIGKILL'))
    const { code, stderr } = await run({
      SMTPHOST: '10.192.0.25',
      SMTPPORT: '26',
      LDAPSERVER: 'nobody.example.com',
    })
    t.equal(code, 0, stderr)
    t.match(toldOf('mail', stderr), [
      / accepts the connection but sends nothing/,
    ])
    t.match(toldOf('LDAP', stderr), [/^nobody\S+:389 has a host name that/])
    t.same([patient.exitCode, patient.signalCode], [null, null], 'it waits')
    await healthy(t)
  })
}
